using System.Buffers.Binary;
using System.Security.Cryptography;
using Dfs.Core.Crypto;

namespace Dfs.Gateway.S3.Sealing;

/// <summary>The key of one object's content, which opens with a customer's key only.</summary>
/// <remarks>
/// A random AES-256 key for counter mode, wrapped with AES-256-GCM under a key that HKDF makes of the customer's; docs/formats/s3.md.
/// The counter of each part of an upload begins with the part's number, an object of one piece has number 0. Counter mode needs no
/// MAC of its own here: the store verifies every byte that it gives back.
/// </remarks>
public sealed class ContentSeal : IDisposable
{
    /// <summary>Metadata under this name is the wrapped key, base64.</summary>
    public const string Name = "sse-c";

    private const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16, ETagBytes = 16;

    private readonly byte[] _key;

    private ContentSeal(byte[] key, string wrapped) => (_key, Wrapped) = (key, wrapped);

    public string Wrapped { get; }

    public static ContentSeal Create(CustomerKey customer)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        var wrapped = new byte[NonceBytes + KeyBytes + TagBytes];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceBytes));
        using var wrapping = Wrapping(customer);
        wrapping.Encrypt(wrapped.AsSpan(0, NonceBytes), key, wrapped.AsSpan(NonceBytes, KeyBytes), wrapped.AsSpan(NonceBytes + KeyBytes));
        return new ContentSeal(key, Convert.ToBase64String(wrapped));
    }

    /// <exception cref="S3Exception">It was sealed with another key.</exception>
    public static ContentSeal Open(string wrapped, CustomerKey customer)
    {
        var bytes = Convert.FromBase64String(wrapped);
        var key = new byte[KeyBytes];
        using var wrapping = Wrapping(customer);
        try
        {
            wrapping.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes, KeyBytes), bytes.AsSpan(NonceBytes + KeyBytes), key);
            return new ContentSeal(key, wrapped);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying("The key is not the one that the object was encrypted with."));
        }
    }

    /// <param name="number">Of a part; 0 for an object of one piece.</param>
    public AesCtr CipherOf(int number)
    {
        Span<byte> first = stackalloc byte[AesCtr.BlockBytes];
        first.Clear();
        BinaryPrimitives.WriteInt32BigEndian(first, number);
        return new AesCtr(_key, first);
    }

    /// <summary>In place of the MD5, which would tell whoever guesses the content that the guess is right.</summary>
    public string ETagOf(ReadOnlySpan<byte> md5) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, md5).AsSpan(0, ETagBytes));

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    public override string ToString() => "ContentSeal (secret)";

    private static AesGcm Wrapping(CustomerKey customer)
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, customer.Span, key, salt: [], info: "dfs s3 sse-c 1"u8);
        var wrapping = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
        return wrapping;
    }
}
