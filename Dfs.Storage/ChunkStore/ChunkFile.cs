using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>The header in front of a chunk in a file of its own: docs/formats/chunk-file.md.</summary>
/// <remarks>
/// Two sums: one over what never changes, one over the pin, which is overwritten in place. The twelve bytes of a pin lie in
/// one disk sector, so that a torn write leaves the old pin or the new one.
/// </remarks>
public static class ChunkFile
{
    public const int HeaderSizeBytes = 64;

    /// <summary>Where the pin is overwritten.</summary>
    public const int PinAt = 48;

    /// <summary>4 MiB, the largest chunk.</summary>
    public const int ChunkSizeBytesMax = 4 * 1024 * 1024;

    private const ushort Version = 1;
    private const int VersionAt = 4;
    private const int IdAt = 8;
    private const int LengthAt = 40;
    private const int CrcAt = 44;
    private const int PinCrcAt = 56;
    private const int ReservedAt = 60;

    private static ReadOnlySpan<byte> Magic => "DFSC"u8;

    public static byte[] EncodeHeader(ChunkId id, ReadOnlySpan<byte> ciphertext, Epoch pin)
    {
        var header = new byte[HeaderSizeBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(VersionAt), Version);
        id.Value.CopyTo(header.AsSpan(IdAt));
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(LengthAt), (uint)ciphertext.Length);
        var crc = Crc32C.Append(Crc32C.Of(header.AsSpan(0, CrcAt)), ciphertext);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(CrcAt), crc);
        EncodePin(pin).CopyTo(header.AsSpan(PinAt));
        return header;
    }

    /// <summary>What is written at <see cref="PinAt"/>.</summary>
    public static byte[] EncodePin(Epoch pin)
    {
        var bytes = new byte[PinCrcAt + sizeof(uint) - PinAt];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, pin.Value);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(PinCrcAt - PinAt), Crc32C.Of(bytes.AsSpan(0, PinCrcAt - PinAt)));
        return bytes;
    }

    /// <summary>The pin of a header that belongs to <paramref name="id"/> and a chunk of this size, or null.</summary>
    /// <remarks>Does not say that the ciphertext is whole: that is <see cref="IsWhole"/>.</remarks>
    public static Epoch? DecodeHeader(ReadOnlySpan<byte> header, ChunkId id, long chunkSizeBytes)
    {
        var isOurs = header.Length == HeaderSizeBytes
            && header.StartsWith(Magic)
            && BinaryPrimitives.ReadUInt32BigEndian(header[VersionAt..]) == Version << 16
            && new ChunkId(header.Slice(IdAt, Bytes32.SizeBytes)) == id
            && BinaryPrimitives.ReadUInt32BigEndian(header[LengthAt..]) == chunkSizeBytes
            && chunkSizeBytes <= ChunkSizeBytesMax
            && BinaryPrimitives.ReadUInt32BigEndian(header[PinCrcAt..]) == Crc32C.Of(header[PinAt..PinCrcAt])
            && BinaryPrimitives.ReadUInt32BigEndian(header[ReservedAt..]) == 0;
        return isOurs ? new Epoch(BinaryPrimitives.ReadUInt64BigEndian(header[PinAt..])) : null;
    }

    /// <summary>True when the ciphertext is what the header was written for.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> header, ReadOnlySpan<byte> ciphertext) =>
        BinaryPrimitives.ReadUInt32BigEndian(header[CrcAt..])
            == Crc32C.Append(Crc32C.Of(header[..CrcAt]), ciphertext);
}
