using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>The first 64 bytes of a segment: docs/formats/segment.md.</summary>
/// <param name="Number">The segment's own; also its file name.</param>
/// <param name="Tag">Random, the same in all segments of a store and in each record: content cannot pass for a record.</param>
/// <param name="Previous">The segment that was written before it, zero for the first.</param>
/// <param name="PreviousSizeBytes">Its full size: all of it was synced before this segment was made.</param>
internal readonly record struct SegmentHeader(ulong Number, ulong Tag, ulong Previous, ulong PreviousSizeBytes)
{
    public const int SizeBytes = 64;

    private const ushort Version = 1;
    private const int VersionAt = 4;
    private const int NumberAt = 8;
    private const int TagAt = 16;
    private const int PreviousAt = 24;
    private const int PreviousSizeAt = 32;
    private const int ReservedAt = 40;
    private const int CrcAt = 60;

    private static ReadOnlySpan<byte> Magic => "DFSG"u8;

    public static string FileNameOf(ulong number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{number:D12}.segment");

    /// <summary>The number in a segment's file name; false for every other name.</summary>
    public static bool TryParseFileName(string name, out ulong number)
    {
        number = 0;
        return name.EndsWith(".segment", StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan(0, name.Length - ".segment".Length), out number)
            && name == FileNameOf(number);
    }

    public byte[] Encode()
    {
        var bytes = new byte[SizeBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(VersionAt), Version);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(NumberAt), Number);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(TagAt), Tag);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(PreviousAt), Previous);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(PreviousSizeAt), PreviousSizeBytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Of(bytes.AsSpan(0, CrcAt)));
        return bytes;
    }

    /// <summary>Null when the bytes are not a whole header of this version.</summary>
    public static SegmentHeader? Decode(ReadOnlySpan<byte> source)
    {
        var isOurs = source.Length == SizeBytes
            && source.StartsWith(Magic)
            && BinaryPrimitives.ReadUInt32BigEndian(source[VersionAt..]) == Version << 16
            && !source[ReservedAt..CrcAt].ContainsAnyExcept((byte)0)
            && BinaryPrimitives.ReadUInt32BigEndian(source[CrcAt..]) == Crc32C.Of(source[..CrcAt]);
        return isOurs
            ? new SegmentHeader(
                BinaryPrimitives.ReadUInt64BigEndian(source[NumberAt..]),
                BinaryPrimitives.ReadUInt64BigEndian(source[TagAt..]),
                BinaryPrimitives.ReadUInt64BigEndian(source[PreviousAt..]),
                BinaryPrimitives.ReadUInt64BigEndian(source[PreviousSizeAt..]))
            : null;
    }
}
