using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Reads records by their place and checks them; every call blocks.</summary>
internal sealed class SegmentReader(SegmentTable table)
{
    /// <summary>Fills <paramref name="target"/>, which has the size of the chunk.</summary>
    /// <param name="isOnce">Will hardly be read again soon: not by way of the system's cache.</param>
    /// <param name="pin">What the record's own head says; a pin record may say more.</param>
    /// <returns>Null when it is good.</returns>
    /// <exception cref="DiskException">The disk does not answer.</exception>
    public DamageKind? Read(ChunkId id, RecordPlace place, Span<byte> target, bool isOnce, out Epoch pin)
    {
        pin = default;
        if (table.At(place.Slot) is not { } segment || table.Use(segment) is not { } use)
        {
            return DamageKind.Missing;
        }

        using (use)
        {
            Span<byte> head = stackalloc byte[SegmentRecord.HeadSizeBytesMax];
            head = head[..(place.SizeBytes - place.LengthBytes)];
            var count = isOnce ? use.File.ReadOnce(place.Offset, head, target) : use.File.Read(place.Offset, head, target);
            if (count != place.SizeBytes || Decode(head, id, place) is not { } record)
            {
                return DamageKind.Corrupt;
            }

            pin = record.Pin;
            return Crc32C.Of(target) == record.BodyCrc ? null : DamageKind.Corrupt;
        }
    }

    /// <summary>Fills <paramref name="target"/> with a part of the chunk, from one of its leaves on; does not look at the rest.</summary>
    /// <returns>The hashes of all leaves, or null: they are not kept here, or something is damaged.</returns>
    /// <exception cref="DiskException">The disk does not answer.</exception>
    public LeafHashes? ReadLeaves(ChunkId id, RecordPlace place, int first, Span<byte> target)
    {
        if (table.At(place.Slot) is not { } segment || table.Use(segment) is not { } use)
        {
            return null;
        }

        using (use)
        {
            return ReadHead(use.File, id, place) is { } record
                && HashesOf(use.File, id, place) is { } hashes
                && use.File.Read(place.Offset + record.HeadSizeBytes + ((long)first * ChunkTree.LeafBytes), target) == target.Length
                    ? hashes
                    : null;
        }
    }

    /// <summary>The hashes that stand behind a chunk's record; null when there are none.</summary>
    /// <exception cref="DiskException">The disk does not answer.</exception>
    public LeafHashes? HashesOf(ChunkId id, RecordPlace place)
    {
        if (table.At(place.Slot) is not { } segment || table.Use(segment) is not { } use)
        {
            return null;
        }

        using (use)
        {
            return HashesOf(use.File, id, place);
        }
    }

    private LeafHashes? HashesOf(IDiskFile file, ChunkId id, RecordPlace place)
    {
        Span<byte> bytes = stackalloc byte[SegmentRecord.HeadSizeBytesMax + LeafHashes.EncodedBytesMax];
        bytes = bytes[..SegmentRecord.SizeOf(ChunkTree.LeavesOf(place.LengthBytes) * Bytes32.SizeBytes)];
        if (file.Read(place.Offset + place.SizeBytes, bytes) != bytes.Length
            || SegmentRecord.Decode(bytes, table.Tag) is not { Kind: RecordKind.Leaves } record
            || record.Id != id
            || record.SizeBytes != bytes.Length)
        {
            return null;
        }

        var hashes = bytes[record.HeadSizeBytes..];
        return Crc32C.Of(hashes) == record.BodyCrc ? LeafHashes.Decode(hashes, place.LengthBytes) : null;
    }

    /// <summary>The head of a chunk's record, or null: damaged, or another's.</summary>
    /// <exception cref="DiskException">The disk does not answer.</exception>
    public SegmentRecord? ReadHead(ChunkId id, RecordPlace place)
    {
        if (table.At(place.Slot) is not { } segment || table.Use(segment) is not { } use)
        {
            return null;
        }

        using (use)
        {
            return ReadHead(use.File, id, place);
        }
    }

    private SegmentRecord? ReadHead(IDiskFile file, ChunkId id, RecordPlace place)
    {
        Span<byte> head = stackalloc byte[SegmentRecord.HeadSizeBytesMax];
        head = head[..(place.SizeBytes - place.LengthBytes)];
        return file.Read(place.Offset, head) == head.Length ? Decode(head, id, place) : null;
    }

    private SegmentRecord? Decode(ReadOnlySpan<byte> head, ChunkId id, RecordPlace place) =>
        SegmentRecord.Decode(head, table.Tag) is { Kind: RecordKind.Chunk } record
            && record.Id == id
            && record.LengthBytes == place.LengthBytes
                ? record
                : null;
}
