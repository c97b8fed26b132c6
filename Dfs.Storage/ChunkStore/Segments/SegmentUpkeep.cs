using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>What a segment store does beside its callers: a checkpoint now and then, and the compaction of sparse segments.</summary>
/// <remarks>One at a time; it reads on the store's reader threads and writes through the store's writer.</remarks>
internal sealed class SegmentUpkeep(
    SegmentChunkStoreOptions options,
    SegmentTable table,
    PackedIndex index,
    SegmentWriter writer,
    SegmentCompaction compaction,
    DiskThreads threads) : IDisposable
{
    /// <summary>A checkpoint is written after eight times its own size was: at most an eighth of what is written.</summary>
    private const int CheckpointShare = 8;

    /// <summary>Half of a segment: what is written again is then less than what is freed.</summary>
    private const int SparsePercent = 50;

    /// <summary>
    /// 4 % of a segment, after a collection of garbage: the files are then at most a twentieth over what is alive. It comes once a collection, so a store is
    /// read and written again at most once a day, at the compaction's pace.
    /// </summary>
    private const int GarbagePercent = 4;

    private readonly SemaphoreSlim _news = new(0);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private CheckpointHead? _last;
    private long _writtenAtLast;
    private Task _running = Task.CompletedTask;
    private int _isGivingBack;

    /// <param name="last">The checkpoint that is on the disk, if any.</param>
    public void Start(CheckpointHead? last)
    {
        _last = last;
        _running = RunAsync();
    }

    /// <summary>Looks whether there is something to do.</summary>
    /// <param name="hasLeft">Chunks have left their places since the last call.</param>
    public void Look(bool hasLeft)
    {
        if ((hasLeft || IsCheckpointDue) && _news.CurrentCount == 0)
        {
            _news.Release();
        }
    }

    /// <summary>Garbage was collected: what it left in the files is to go, soon.</summary>
    public void GiveBack()
    {
        Interlocked.Exchange(ref _isGivingBack, 1);
        _news.Release();
    }

    /// <summary>Compacts every sparse segment that there is room for.</summary>
    /// <param name="bytesPerSecond">How fast it reads.</param>
    public Task CompactAsync(long bytesPerSecond, CancellationToken cancellation) =>
        CompactAsync(SparsePercent, bytesPerSecond, cancellation);

    /// <summary>Compacts every segment that has more than a little garbage, also the one that is written to.</summary>
    /// <param name="bytesPerSecond">How fast it reads.</param>
    public async Task GiveBackAsync(long bytesPerSecond, CancellationToken cancellation)
    {
        if (table.Numbered(writer.End.Segment) is { } active && active.Wastes(GarbagePercent))
        {
            await writer.WriteAsync(new WriteRequest(WriteKind.Roll, default, default));
        }

        // A deletion is kept for as long as the last checkpoint may have what it took away. Where nearly everything went, deletions would be most of what is left.
        if (table.All.Any(segment => segment.Number < writer.End.Segment && segment.Wastes(GarbagePercent)))
        {
            await WriteCheckpointAsync();
        }

        await CompactAsync(GarbagePercent, bytesPerSecond, cancellation);
    }

    private async Task CompactAsync(int wastePercent, long bytesPerSecond, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var active = writer.End.Segment;
            var all = table.All;
            var oldest = all.Count > 0 ? all[0].Number : 0;
            foreach (var segment in all.Where(segment => segment.Number < active))
            {
                var isOldest = segment.Number == oldest && HidesNothingOfCheckpoint(segment);
                if (isOldest)
                {
                    // What it was found to keep may have been for older ones' sake.
                    segment.KeptBytes = 0;
                }

                if (segment.Wastes(wastePercent))
                {
                    await compaction.RunAsync(segment, wastePercent, isOldest, bytesPerSecond, cancellation);
                    oldest = table.All.Select(left => left.Number).FirstOrDefault();
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends what runs; a compaction stops between two records.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    /// <summary>When nothing is written any more.</summary>
    public async Task WriteLastCheckpointAsync()
    {
        var isKnown = _last is { } last
            && (last.ReplaySegment, last.ReplayOffset) == (writer.End.Segment, writer.End.Offset)
            && last.Segments.Select(segment => segment.Number).SequenceEqual(table.All.Select(segment => segment.Number));
        if (!isKnown)
        {
            await WriteCheckpointAsync();
        }
    }

    public void Dispose()
    {
        _news.Dispose();
        _turn.Dispose();
        _stopping.Dispose();
    }

    // Of a segment that has no older one: nothing can bring back what its deletions took away. The checkpoint is younger than they are, or has nothing older either.
    private bool HidesNothingOfCheckpoint(Segment segment) =>
        _last is not { } last || last.ReplaySegment > segment.Number || last.Segments.All(known => known.Number >= segment.Number);

    private bool IsCheckpointDue => writer.WrittenBytes - Interlocked.Read(ref _writtenAtLast)
        >= Math.Max(options.CheckpointEveryBytes, CheckpointShare * Checkpoint.RowSizeBytes * index.Chunks);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _news.WaitAsync(_stopping.Token).ConfigureAwait(false);
                if (IsCheckpointDue)
                {
                    await WriteCheckpointAsync();
                }

                await (Interlocked.Exchange(ref _isGivingBack, 0) == 1
                    ? GiveBackAsync(options.CompactionBytesPerSecond, _stopping.Token)
                    : CompactAsync(options.CompactionBytesPerSecond, _stopping.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task WriteCheckpointAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            await threads.RunAsync(WriteCheckpoint);
        }
        finally
        {
            _turn.Release();
        }
    }

    private bool WriteCheckpoint()
    {
        var written = writer.WrittenBytes;
        Interlocked.Exchange(ref _writtenAtLast, written);
        if (writer.ReadOnlyReason is not null
            || options.Disk.FreeBytes(options.Root) - (index.Chunks * Checkpoint.RowSizeBytes) < options.ReserveBytes)
        {
            return false;
        }

        try
        {
            // In this order: everything before the end is in the index by now.
            var end = writer.End;
            var segments = table.All.Select(segment => (segment.Number, segment.SizeBytes)).ToList();
            var head = new CheckpointHead(table.Tag, end.Segment, end.Offset, segments);
            Checkpoint.Write(options.Disk, options.SegmentsPath, head, RowsOf);
            _last = head;
            return true;
        }
        catch (DiskException failure)
        {
            if (failure.Fault == DiskFault.Io)
            {
                writer.TurnReadOnly(failure);
            }

            return false;
        }
    }

    private IEnumerable<CheckpointRow> RowsOf(PartitionId partition) => index.Of(partition).Select(chunk => new CheckpointRow(
        chunk.Id, chunk.Pin, table.At(chunk.Place.Slot)!.Number, chunk.Place.Offset, chunk.Place.LengthBytes));
}
