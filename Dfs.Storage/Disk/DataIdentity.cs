using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Storage.Disk;

/// <summary>Who a data directory is, and how often it was started.</summary>
/// <param name="StartCounter">Counts opens from 1; peers refuse a lower one than they have seen.</param>
public sealed record DataIdentity(ReplicaId Replica, ulong StartCounter)
{
    /// <summary>The format of the whole directory.</summary>
    public const int FormatVersion = 1;

    /// <summary>magic 4, version 2, replica id 16, start counter 8, CRC-32C of all before it 4; big-endian.</summary>
    public const int SizeBytes = 34;

    private const int VersionAt = 4;
    private const int ReplicaAt = 6;
    private const int CounterAt = 22;
    private const int CrcAt = 30;

    private static ReadOnlySpan<byte> Magic => "DFSI"u8;

    public byte[] Encode()
    {
        var bytes = new byte[SizeBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(VersionAt), FormatVersion);
        Replica.Value.CopyTo(bytes.AsSpan(ReplicaAt));
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(CounterAt), StartCounter);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Of(bytes.AsSpan(0, CrcAt)));
        return bytes;
    }

    /// <returns>An identity; or the version of another format; or neither, when the bytes are damaged.</returns>
    public static (DataIdentity? Identity, int? Version) Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ReplicaAt || !bytes.StartsWith(Magic))
        {
            return (null, null);
        }

        var version = BinaryPrimitives.ReadUInt16BigEndian(bytes[VersionAt..]);
        if (version != FormatVersion)
        {
            return (null, version);
        }

        return bytes.Length != SizeBytes
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]) != Crc32C.Of(bytes[..CrcAt])
                ? (null, null)
                : (new DataIdentity(
                    new ReplicaId(bytes[ReplicaAt..CounterAt]),
                    BinaryPrimitives.ReadUInt64BigEndian(bytes[CounterAt..])), null);
    }
}
