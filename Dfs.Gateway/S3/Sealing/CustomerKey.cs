using System.Security.Cryptography;
using Dfs.Gateway.S3.Bodies;

namespace Dfs.Gateway.S3.Sealing;

/// <summary>A key that a client sends with each request for an object that it alone can open ("SSE-C"); never kept.</summary>
public sealed class CustomerKey : IDisposable
{
    /// <summary>What its three headers begin with: of the object, and of the source of a copy.</summary>
    public const string Prefix = "x-amz-server-side-encryption-customer-", SourcePrefix = "x-amz-copy-source-server-side-encryption-customer-";

    private const int SizeBytes = 32, Md5Bytes = 16;

    private readonly byte[] _key;

    private CustomerKey(byte[] key, string md5) => (_key, Md5) = (key, md5);

    /// <summary>Of the key, as the client sent it: base64.</summary>
    public string Md5 { get; }

    internal ReadOnlySpan<byte> Span => _key;

    /// <returns>Null when the request has none.</returns>
    /// <exception cref="S3Exception">It is not complete or not right.</exception>
    public static CustomerKey? Of(Func<string, string?> header, string prefix)
    {
        var (algorithm, key, md5) = (header(prefix + "algorithm"), header(prefix + "key"), header(prefix + "key-md5"));
        if (algorithm is null && key is null && md5 is null)
        {
            return null;
        }

        if (algorithm != "AES256")
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("Requests with a customer's key name the algorithm AES256."));
        }

        var bytes = BodySpec.Base64(key ?? "", SizeBytes)
            ?? throw new S3Exception(S3Error.InvalidArgument.Saying("A customer's key is the base64 of 32 bytes."));
        return BodySpec.Base64(md5 ?? "", Md5Bytes) is { } digest && CryptographicOperations.FixedTimeEquals(digest, Md5Of(bytes))
            ? new CustomerKey(bytes, md5!)
            : throw new S3Exception(S3Error.InvalidArgument.Saying("The calculated MD5 hash of the key did not match the hash that was provided."));
    }

    private static byte[] Md5Of(byte[] key)
    {
        using var md5 = Checksum.Create("md5");
        md5.Append(key);
        return md5.Finish();
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    public override string ToString() => "CustomerKey (secret)";
}
