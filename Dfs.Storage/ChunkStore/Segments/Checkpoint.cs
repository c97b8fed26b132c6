using System.Buffers.Binary;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>The index on disk, so that a start need not look at every record: docs/formats/segment.md.</summary>
/// <remarks>
/// It may be older than the log, never newer: records from <see cref="CheckpointHead.ReplayOffset"/> on are read again. Whatever
/// is wrong with it, it is not used, and the segments are scanned.
/// </remarks>
internal static class Checkpoint
{
    public const string FileName = "checkpoint";
    public const string FreshFileName = "checkpoint.new";

    public const int RowSizeBytes = 56;
    private const int FlushBytes = 1024 * 1024;

    /// <summary>Replaces the checkpoint, crash-safe; blocks.</summary>
    /// <param name="rowsOf">The chunks of a partition, asked once each.</param>
    /// <returns>The size of the file.</returns>
    /// <exception cref="DiskException">The one before is still there, or both.</exception>
    public static long Write(
        IDisk disk, string folder, CheckpointHead head, Func<PartitionId, IEnumerable<CheckpointRow>> rowsOf)
    {
        var fresh = $"{folder}/{FreshFileName}";
        disk.Delete(fresh);
        long sizeBytes;
        using (var file = disk.Create(fresh))
        {
            var writer = new ByteWriter(FlushBytes + (FlushBytes / 2));
            var written = 0L;
            writer.Fixed(head.Encode());
            foreach (var partition in PartitionId.All)
            {
                EncodePartition(writer, [.. rowsOf(partition)]);
                if (writer.Length >= FlushBytes)
                {
                    file.Write(written, writer.ToArray());
                    written += writer.Length;
                    writer = new ByteWriter(FlushBytes + (FlushBytes / 2));
                }
            }

            file.Write(written, writer.ToArray());
            sizeBytes = written + writer.Length;
            file.Sync();
        }

        disk.Rename(fresh, $"{folder}/{FileName}");
        disk.SyncFolders([folder]);
        return sizeBytes;
    }

    /// <summary>Reads the checkpoint; blocks.</summary>
    /// <param name="onPartition">Given the rows of one partition after the other.</param>
    /// <returns>
    /// Null when there is none or it is damaged anywhere, of another version, cut or continued; what was given before is to be
    /// thrown away then.
    /// </returns>
    public static CheckpointHead? Read(
        IDisk disk, string folder, Action<CheckpointHead, PartitionId, IReadOnlyList<CheckpointRow>> onPartition)
    {
        using var file = disk.Open($"{folder}/{FileName}", writable: false);
        if (file is null)
        {
            return null;
        }

        var (sizeBytes, offset) = (file.SizeBytes, 0L);
        var window = new byte[Math.Min(sizeBytes, FlushBytes)];
        var (windowAt, windowBytes) = (0L, 0);
        if (CheckpointHead.Decode(Take, sizeBytes) is not { } head)
        {
            return null;
        }

        foreach (var partition in PartitionId.All)
        {
            if (DecodePartition(Take, sizeBytes, partition) is not { } rows)
            {
                return null;
            }

            onPartition(head, partition, rows);
        }

        return offset == sizeBytes ? head : null;

        byte[]? Take(long count)
        {
            if (count > sizeBytes - offset)
            {
                return null;
            }

            var bytes = new byte[count];
            for (var done = 0; done < count;)
            {
                if (offset >= windowAt + windowBytes)
                {
                    (windowAt, windowBytes) = (offset, file.Read(offset, window));
                }

                if (windowBytes == 0)
                {
                    return null;
                }

                var from = (int)(offset - windowAt);
                var copied = (int)Math.Min(count - done, windowBytes - from);
                window.AsSpan(from, copied).CopyTo(bytes.AsSpan(done));
                (done, offset) = (done + copied, offset + copied);
            }

            return bytes;
        }
    }

    private static void EncodePartition(ByteWriter writer, CheckpointRow[] rows)
    {
        var section = new byte[sizeof(uint) + (rows.Length * RowSizeBytes)];
        BinaryPrimitives.WriteUInt32BigEndian(section, (uint)rows.Length);
        var at = sizeof(uint);
        foreach (var row in rows)
        {
            row.Id.Value.CopyTo(section.AsSpan(at));
            BinaryPrimitives.WriteUInt64BigEndian(section.AsSpan(at + 32), row.Pin.Value);
            BinaryPrimitives.WriteUInt64BigEndian(section.AsSpan(at + 40), row.Segment);
            BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(at + 48), (uint)row.Offset);
            BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(at + 52), (uint)row.LengthBytes);
            at += RowSizeBytes;
        }

        writer.Fixed(section);
        writer.U32(Crc32C.Of(section));
    }

    private static List<CheckpointRow>? DecodePartition(Func<long, byte[]?> take, long sizeBytes, PartitionId partition)
    {
        if (take(sizeof(uint)) is not { } countBytes)
        {
            return null;
        }

        var count = BinaryPrimitives.ReadUInt32BigEndian(countBytes);
        if ((long)count * RowSizeBytes > sizeBytes
            || take((long)count * RowSizeBytes) is not { } section
            || take(sizeof(uint)) is not { } crc
            || BinaryPrimitives.ReadUInt32BigEndian(crc) != Crc32C.Append(Crc32C.Of(countBytes), section))
        {
            return null;
        }

        var rows = new List<CheckpointRow>((int)count);
        for (var at = 0; at < section.Length; at += RowSizeBytes)
        {
            var row = new CheckpointRow(
                new ChunkId(section.AsSpan(at, Bytes32.SizeBytes)),
                new Epoch(BinaryPrimitives.ReadUInt64BigEndian(section.AsSpan(at + 32))),
                BinaryPrimitives.ReadUInt64BigEndian(section.AsSpan(at + 40)),
                BinaryPrimitives.ReadUInt32BigEndian(section.AsSpan(at + 48)),
                (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(section.AsSpan(at + 52)), int.MaxValue));
            if (row.Id.Partition != partition
                || row.LengthBytes > ChunkFile.ChunkSizeBytesMax
                || row.Offset > RecordPlace.OffsetMax
                || row.Offset % SegmentRecord.AlignmentBytes != 0)
            {
                return null;
            }

            rows.Add(row);
        }

        return rows;
    }
}

/// <summary>A chunk as a checkpoint has it.</summary>
/// <param name="Offset">Of its record.</param>
internal readonly record struct CheckpointRow(ChunkId Id, Epoch Pin, ulong Segment, long Offset, int LengthBytes);

/// <summary>The beginning of a checkpoint: what the index was made of.</summary>
/// <param name="Tag">The store's.</param>
/// <param name="ReplaySegment">Records from here on may be missing in the index.</param>
internal sealed record CheckpointHead(
    ulong Tag, ulong ReplaySegment, long ReplayOffset, IReadOnlyList<(ulong Number, long SizeBytes)> Segments)
{
    private const ushort Version = 1;
    private const int FixedSizeBytes = 36;
    private const int RowSizeBytes = 16;

    private static ReadOnlySpan<byte> Magic => "DFSK"u8;

    public byte[] Encode()
    {
        var writer = new ByteWriter();
        writer.Fixed(Magic);
        writer.U16(Version);
        writer.U16(0);
        writer.U64(Tag);
        writer.U64(ReplaySegment);
        writer.U64((ulong)ReplayOffset);
        writer.U32((uint)Segments.Count);
        foreach (var (number, sizeBytes) in Segments)
        {
            writer.U64(number);
            writer.U64((ulong)sizeBytes);
        }

        writer.U32(Crc32C.Of(writer.Written));
        return writer.ToArray();
    }

    /// <param name="take">Gives so many bytes, or null.</param>
    public static CheckpointHead? Decode(Func<long, byte[]?> take, long sizeBytesMax)
    {
        if (take(FixedSizeBytes) is not { } first)
        {
            return null;
        }

        var reader = new ByteReader(first);
        reader.Expect(Magic);
        reader.Expect([0, (byte)Version, 0, 0]);
        var (tag, replaySegment, replayOffset, count) = (reader.U64(), reader.U64(), reader.U64(), (long)reader.U32());
        if (!reader.IsComplete
            || count * RowSizeBytes > sizeBytesMax
            || take(count * RowSizeBytes) is not { } table
            || take(sizeof(uint)) is not { } crc
            || BinaryPrimitives.ReadUInt32BigEndian(crc) != Crc32C.Append(Crc32C.Of(first), table)
            || replayOffset > long.MaxValue)
        {
            return null;
        }

        var rows = new ByteReader(table);
        var segments = new List<(ulong, long)>();
        for (var i = 0; i < count; i++)
        {
            segments.Add((rows.U64(), (long)Math.Min(rows.U64(), long.MaxValue)));
        }

        return new CheckpointHead(tag, replaySegment, (long)replayOffset, segments);
    }
}
