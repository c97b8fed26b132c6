using System.Buffers.Binary;

namespace Dfs.Gateway.S3.Bodies;

/// <summary>The checksum of an object that was uploaded in parts, from those of the parts.</summary>
public static class CombinedChecksum
{
    /// <summary>Of the whole content; only cyclic redundancy checks can be put together so.</summary>
    /// <returns>Base64; null when the algorithm cannot.</returns>
    public static string? Full(string algorithm, IEnumerable<(byte[] Check, long SizeBytes)> parts)
    {
        var crc = algorithm switch { "crc32" => Crc.Crc32, "crc32c" => Crc.Crc32C, "crc64nvme" => Crc.Crc64Nvme, _ => null };
        if (crc is null)
        {
            return null;
        }

        var whole = 0UL;
        var bytes = new byte[8];
        foreach (var (check, sizeBytes) in parts)
        {
            check.CopyTo(bytes, 8 - crc.SizeBytes);
            whole = crc.Combine(whole, BinaryPrimitives.ReadUInt64BigEndian(bytes), sizeBytes);
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes, whole);
        return Convert.ToBase64String(bytes[(8 - crc.SizeBytes)..]);
    }

    /// <summary>The checksum of the parts' checksums, with their number behind it.</summary>
    public static string Composite(string algorithm, IReadOnlyCollection<byte[]> parts)
    {
        using var checksum = Checksum.Create(algorithm);
        foreach (var part in parts)
        {
            checksum.Append(part);
        }

        return $"{Convert.ToBase64String(checksum.Finish())}-{parts.Count}";
    }
}
