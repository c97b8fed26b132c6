using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Dfs.Gateway.S3.Bodies;

/// <summary>A checksum that S3 knows: crc32, crc32c, crc64nvme, sha1, sha256; and md5 for ETags.</summary>
public sealed class Checksum : IDisposable
{
    /// <summary>Begins the name of a header that carries one.</summary>
    public const string HeaderPrefix = "x-amz-checksum-";

    /// <summary>In the order in which a request is searched for them.</summary>
    public static readonly IReadOnlyList<string> Algorithms = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

    private readonly IncrementalHash? _hash;
    private readonly Crc? _crc;
    private ulong _check;

    private Checksum(string algorithm, IncrementalHash? hash, Crc? crc) => (Algorithm, _hash, _crc) = (algorithm, hash, crc);

    /// <summary>In lower case.</summary>
    public string Algorithm { get; }

    public string Header => HeaderPrefix + Algorithm;

    /// <param name="algorithm">Of <see cref="Algorithms"/>, or "md5".</param>
    public static Checksum Create(string algorithm) => algorithm switch
    {
        "crc32" => new Checksum(algorithm, null, Crc.Crc32),
        "crc32c" => new Checksum(algorithm, null, Crc.Crc32C),
        "crc64nvme" => new Checksum(algorithm, null, Crc.Crc64Nvme),
        "sha1" => new Checksum(algorithm, IncrementalHash.CreateHash(HashAlgorithmName.SHA1), null),
        "sha256" => new Checksum(algorithm, IncrementalHash.CreateHash(HashAlgorithmName.SHA256), null),
        "md5" => new Checksum(algorithm, IncrementalHash.CreateHash(HashAlgorithmName.MD5), null),
        _ => throw new S3Exception(S3Error.InvalidRequest.Saying("The checksum algorithm is not one of " + string.Join(", ", Algorithms) + ".")),
    };

    public static int SizeBytes(string algorithm) => algorithm switch
    {
        "crc32" or "crc32c" => 4,
        "crc64nvme" => 8,
        "sha1" => 20,
        "sha256" => 32,
        _ => 16,
    };

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash?.AppendData(bytes);
        _check = _crc?.Append(_check, bytes) ?? 0;
    }

    /// <summary>Of all that was appended; begins anew.</summary>
    public byte[] Finish()
    {
        if (_hash is not null)
        {
            return _hash.GetHashAndReset();
        }

        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _check);
        _check = 0;
        return bytes[(8 - _crc!.SizeBytes)..];
    }

    public void Dispose() => _hash?.Dispose();
}
