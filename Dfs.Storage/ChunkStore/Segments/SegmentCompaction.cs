using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Writes again what is still needed of a segment, then removes the segment.</summary>
/// <remarks>
/// Crash-safe by order: everything needed is durable at the end of the log before the file goes, and the log is read in order,
/// so a record that is there twice means the same as once. Needed are chunks that the index finds here; pins that no chunk's
/// own record carries; deletions, while an older record of the chunk may be there.
/// </remarks>
internal sealed class SegmentCompaction(
    SegmentChunkStoreOptions options,
    SegmentTable table,
    PackedIndex index,
    SegmentWriter writer,
    SegmentReader reader,
    DiskThreads threads,
    Func<IndexedChunk, DamageKind, Task> report)
{
    // Moved with one sync, and what a pause is reckoned by.
    private const int GroupBytesMax = ChunkFile.ChunkSizeBytesMax;
    private const int GroupRecordsMax = 1024;

    /// <summary>Leaves the segment alone when there is no room, or when it turns out to be needed.</summary>
    /// <param name="wastePercent">It is worth it when more than that share is needed by nobody.</param>
    /// <param name="isOldest">No segment and no checkpoint is older: its deletions hide nothing any more.</param>
    public async Task RunAsync(Segment segment, int wastePercent, bool isOldest, long bytesPerSecond, CancellationToken cancellation)
    {
        try
        {
            var needed = await threads.RunAsync(() => FindNeeded(segment, isOldest));
            segment.KeptBytes = needed.Where(one => one.Kind != WriteKind.Move).Sum(one => (long)one.Chunk.Place.SizeBytes);
            if (segment.Wastes(wastePercent) && (needed.Count == 0 || HasRoom(segment)) && await MoveAsync(needed, bytesPerSecond, cancellation))
            {
                await threads.RunAsync(() => Remove(segment));
            }
        }
        catch (DiskException failure)
        {
            if (failure.Fault == DiskFault.Io)
            {
                writer.TurnReadOnly(failure);
            }
        }
    }

    private bool HasRoom(Segment segment) =>
        options.Disk.FreeBytes(options.Root) - segment.LiveBytes - segment.KeptBytes >= options.ReserveBytes;

    private List<Needed> FindNeeded(Segment segment, bool isOldest)
    {
        var needed = new List<Needed>();
        if (table.Use(segment) is not { } use)
        {
            return needed;
        }

        using (use)
        {
            foreach (var (offset, record) in new SegmentScan(use.File, table.Tag, segment.SizeBytes).From(SegmentHeader.SizeBytes))
            {
                var place = new RecordPlace(segment.Slot, offset, record.LengthBytes);
                var isHere = index.TryFind(record.Id, out var known);
                WriteKind? kind = record.Kind switch
                {
                    RecordKind.Chunk when isHere && known.Place == place => WriteKind.Move,
                    RecordKind.Pin when isHere && known.Pin == record.Pin && !IsInOwnRecord(known, segment) => WriteKind.CarryPin,
                    RecordKind.Gone when !isHere && !isOldest => WriteKind.CarryRemoval,
                    _ => null,
                };
                if (kind is { } wanted)
                {
                    needed.Add(new Needed(wanted, new IndexedChunk(record.Id, place, record.Pin)));
                }
            }
        }

        return needed;
    }

    // A chunk of this segment is written again with its pin.
    private bool IsInOwnRecord(IndexedChunk known, Segment segment) =>
        known.Place.Slot == segment.Slot
        || (reader.ReadHead(known.Id, known.Place) is { } record && record.Pin.CompareTo(known.Pin) >= 0);

    private async Task<bool> MoveAsync(List<Needed> needed, long bytesPerSecond, CancellationToken cancellation)
    {
        var buffer = new byte[GroupBytesMax];
        for (var next = 0; next < needed.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            var (group, bytes) = (new List<Task<PutOutcome?>>(), 0);
            while (next < needed.Count && group.Count < GroupRecordsMax && bytes + needed[next].Chunk.Place.LengthBytes <= GroupBytesMax)
            {
                var (kind, chunk) = needed[next++];
                var body = buffer.AsMemory(bytes, chunk.Place.LengthBytes);
                bytes += body.Length;
                if (kind == WriteKind.Move && await threads.RunAsync(() => reader.Read(chunk.Id, chunk.Place, body.Span, isOnce: true, out _)) is { } damage)
                {
                    await report(chunk, damage);
                    continue;
                }

                var leaves = kind == WriteKind.Move ? await threads.RunAsync(() => reader.HashesOf(chunk.Id, chunk.Place)) : null;
                group.Add(writer.WriteAsync(new WriteRequest(kind, chunk.Id, chunk.Pin)
                {
                    Body = body,
                    BodyCrc = Crc32C.Of(body.Span),
                    Leaves = leaves?.Encode(),
                    From = kind == WriteKind.Move ? chunk.Place : null,
                }));
            }

            var outcomes = await Task.WhenAll(group);
            if (outcomes.Any(outcome => outcome is PutOutcome.DiskFull or PutOutcome.ReadOnly))
            {
                return false;
            }

            if (bytesPerSecond < long.MaxValue)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)bytes / bytesPerSecond), cancellation);
            }
        }

        return true;
    }

    private bool Remove(Segment segment)
    {
        // What left it meanwhile is accounted for; what came to it cannot be, for it is not written to.
        if (segment.LiveBytes == 0 && writer.ReadOnlyReason is null)
        {
            table.Remove(segment);
            options.Disk.Delete(segment.Path);
            options.Disk.SyncFolders([options.SegmentsPath]);
        }

        return true;
    }

    private readonly record struct Needed(WriteKind Kind, IndexedChunk Chunk);
}
