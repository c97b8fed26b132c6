using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Where a chunk's record lies and how long the chunk is, in eight bytes.</summary>
/// <remarks>17 bits slot of the segment, 24 bits offset in units of 16 bytes, 23 bits length.</remarks>
internal readonly record struct RecordPlace(ulong Packed)
{
    /// <summary>131,072 segments of 256 MiB: 32 TiB a store.</summary>
    public const int SlotsMax = 1 << SlotBits;

    /// <summary>256 MiB: where a record may begin at the latest.</summary>
    public const long OffsetMax = ((1L << OffsetBits) - 1) * SegmentRecord.AlignmentBytes;

    private const int SlotBits = 17;
    private const int OffsetBits = 24;
    private const int LengthBits = 23;

    public RecordPlace(int slot, long offset, int lengthBytes)
        : this(((ulong)slot << (OffsetBits + LengthBits))
            | ((ulong)(offset / SegmentRecord.AlignmentBytes) << LengthBits)
            | (uint)lengthBytes)
    {
        Invariant.Holds(slot < SlotsMax, $"a slot is below {SlotsMax} ({slot})");
        Invariant.Holds(offset <= OffsetMax, $"a record begins within a segment (at {offset})");
    }

    public int Slot => (int)(Packed >> (OffsetBits + LengthBits));

    public long Offset => (long)((Packed >> LengthBits) & ((1UL << OffsetBits) - 1)) * SegmentRecord.AlignmentBytes;

    /// <summary>Of the ciphertext.</summary>
    public int LengthBytes => (int)(Packed & ((1UL << LengthBits) - 1));

    /// <summary>Of the whole record.</summary>
    public int SizeBytes => SegmentRecord.SizeOf(LengthBytes);
}
