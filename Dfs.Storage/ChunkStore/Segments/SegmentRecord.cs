using System.Buffers.Binary;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>What a record of a segment says. Numbers are part of the format.</summary>
internal enum RecordKind : byte
{
    /// <summary>Here is a chunk.</summary>
    Chunk = 1,

    /// <summary>The pin of a chunk that stands elsewhere has risen.</summary>
    Pin = 2,

    /// <summary>From here on the store does not have the chunk: deleted, or found damaged.</summary>
    Gone = 3,

    /// <summary>Nothing but how much was synced before it.</summary>
    Mark = 4,

    /// <summary>The hashes of the leaves of the chunk whose record stands right before this one.</summary>
    Leaves = 5,
}

/// <summary>The header of a record: docs/formats/segment.md.</summary>
/// <param name="Pin">Zero unless it is a chunk or a pin.</param>
/// <param name="LengthBytes">Of the ciphertext or the hashes behind the header; zero in the other kinds.</param>
/// <param name="BodyCrc">CRC-32C of the same.</param>
/// <param name="SyncedBytes">How much of its own segment was durable before this record was written.</param>
internal readonly record struct SegmentRecord(
    RecordKind Kind, ChunkId Id, Epoch Pin, int LengthBytes, uint BodyCrc, uint SyncedBytes)
{
    public const int HeaderSizeBytes = 72;

    /// <summary>Records begin at multiples of it, so that a place fits an index entry and damage can be skipped.</summary>
    public const int AlignmentBytes = 16;

    /// <summary>The header with the padding before the ciphertext, at most.</summary>
    public const int HeadSizeBytesMax = HeaderSizeBytes + AlignmentBytes - 1;

    private const byte Version = 1;
    private const int VersionAt = 4;
    private const int KindAt = 5;
    private const int ReservedAt = 6;
    private const int TagAt = 8;
    private const int IdAt = 16;
    private const int PinAt = 48;
    private const int LengthAt = 56;
    private const int BodyCrcAt = 60;
    private const int SyncedAt = 64;
    private const int CrcAt = 68;

    private static ReadOnlySpan<byte> Magic => "DFSR"u8;

    /// <summary>Header and padding; the ciphertext follows.</summary>
    public int HeadSizeBytes => HeadSizeOf(LengthBytes);

    /// <summary>From the first byte of the header to the first byte of the next record.</summary>
    public int SizeBytes => HeadSizeBytes + LengthBytes;

    public static int SizeOf(int lengthBytes) => HeadSizeOf(lengthBytes) + lengthBytes;

    /// <param name="target">Exactly <see cref="HeadSizeBytes"/>.</param>
    /// <param name="tag">The segment's.</param>
    public void Encode(Span<byte> target, ulong tag)
    {
        target.Clear();
        Magic.CopyTo(target);
        target[VersionAt] = Version;
        target[KindAt] = (byte)Kind;
        BinaryPrimitives.WriteUInt64BigEndian(target[TagAt..], tag);
        Id.Value.CopyTo(target[IdAt..]);
        BinaryPrimitives.WriteUInt64BigEndian(target[PinAt..], Pin.Value);
        BinaryPrimitives.WriteUInt32BigEndian(target[LengthAt..], (uint)LengthBytes);
        BinaryPrimitives.WriteUInt32BigEndian(target[BodyCrcAt..], BodyCrc);
        BinaryPrimitives.WriteUInt32BigEndian(target[SyncedAt..], SyncedBytes);
        BinaryPrimitives.WriteUInt32BigEndian(target[CrcAt..], CrcOf(target[..HeadSizeBytes]));
    }

    /// <param name="source">From the header on; longer than the header when there is padding.</param>
    /// <returns>Null when these bytes are not the whole head of a record of this segment.</returns>
    public static SegmentRecord? Decode(ReadOnlySpan<byte> source, ulong tag)
    {
        if (source.Length < HeaderSizeBytes
            || !source.StartsWith(Magic)
            || source[VersionAt] != Version
            || BinaryPrimitives.ReadUInt16BigEndian(source[ReservedAt..]) != 0
            || BinaryPrimitives.ReadUInt64BigEndian(source[TagAt..]) != tag)
        {
            return null;
        }

        var kind = (RecordKind)source[KindAt];
        var lengthBytes = BinaryPrimitives.ReadUInt32BigEndian(source[LengthAt..]);
        var isPossible = kind switch
        {
            RecordKind.Chunk => lengthBytes <= ChunkFile.ChunkSizeBytesMax,
            RecordKind.Leaves => lengthBytes <= LeafHashes.EncodedBytesMax,
            RecordKind.Pin or RecordKind.Gone or RecordKind.Mark => lengthBytes == 0,
            _ => false,
        };
        if (!isPossible
            || source.Length < HeadSizeOf((int)lengthBytes)
            || BinaryPrimitives.ReadUInt32BigEndian(source[CrcAt..]) != CrcOf(source[..HeadSizeOf((int)lengthBytes)]))
        {
            return null;
        }

        return new SegmentRecord(
            kind,
            new ChunkId(source.Slice(IdAt, Bytes32.SizeBytes)),
            new Epoch(BinaryPrimitives.ReadUInt64BigEndian(source[PinAt..])),
            (int)lengthBytes,
            BinaryPrimitives.ReadUInt32BigEndian(source[BodyCrcAt..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[SyncedAt..]));
    }

    /// <summary>The tag that a record was written under; null when these bytes are no record.</summary>
    public static ulong? TagOf(ReadOnlySpan<byte> source)
    {
        var tag = source.Length < HeaderSizeBytes ? 0 : BinaryPrimitives.ReadUInt64BigEndian(source[TagAt..]);
        return Decode(source, tag) is null ? null : tag;
    }

    private static int HeadSizeOf(int lengthBytes) =>
        HeaderSizeBytes + (AlignmentBytes - 1 - ((HeaderSizeBytes + lengthBytes - 1) % AlignmentBytes));

    private static uint CrcOf(ReadOnlySpan<byte> head) =>
        Crc32C.Append(Crc32C.Of(head[..CrcAt]), head[HeaderSizeBytes..]);
}
