using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>The one thread that changes a segment store: takes all wishes that wait, syncs once, answers all.</summary>
/// <remarks>
/// Order: records, sync, index, answers. So nobody finds in the index what a power cut could take, and everything before
/// <see cref="End"/> is in the index. After a failed write or sync nothing is written any more.
/// </remarks>
internal sealed class SegmentWriter
{
    private readonly SegmentChunkStoreOptions _options;
    private readonly SegmentTable _table;
    private readonly PackedIndex _index;
    private readonly SegmentLog _log;
    private readonly SemaphoreSlim _slots;
    private readonly Action<bool> _onWritten;
    private readonly WriteQueue _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<WriteRequest> _batch = [];
    private readonly List<Change> _changes = [];
    private readonly Dictionary<ChunkId, IndexedChunk?> _inBatch = [];
    private long _roomBytes;
    private bool _isMarked;
    private bool _hasLeft;
    private volatile LogEnd _end;
    private volatile string? _readOnlyReason;
    private long _writtenBytes;

    /// <param name="slots">Released once for each answered put and pin of a caller.</param>
    /// <param name="onWritten">Called on the writer's thread after each batch, with whether chunks left their places: must return at once.</param>
    public SegmentWriter(
        SegmentChunkStoreOptions options, SegmentTable table, PackedIndex index, SegmentLog log, SemaphoreSlim slots, Action<bool> onWritten)
    {
        (_options, _table, _index, _log, _slots, _onWritten) = (options, table, index, log, slots, onWritten);
        _isMarked = log.Active is null;
        _end = table.Last is { } last ? new LogEnd(last.Number, last.SizeBytes) : new LogEnd(0, 0);
    }

    /// <summary>Everything before it is durable and in the index.</summary>
    public LogEnd End => _end;

    public string? ReadOnlyReason => _readOnlyReason;

    /// <summary>Written since the store was opened.</summary>
    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    public void Start() => new Thread(Run) { IsBackground = true, Name = "dfs-segment-writer" }.Start();

    /// <summary>The answer comes when it is durable.</summary>
    public Task<PutOutcome?> WriteAsync(WriteRequest request)
    {
        Enqueue([request]);
        return request.Task;
    }

    /// <summary>These come into one batch, unless they are more than fit one; each has its answer.</summary>
    public void Enqueue(ReadOnlySpan<WriteRequest> requests)
    {
        if (_queue.TryAdd(requests))
        {
            return;
        }

        foreach (var request in requests)
        {
            request.Outcome = new PutOutcome.ReadOnly("the store is closed");
            request.Answer();
        }
    }

    public void TurnReadOnly(DiskException failure) => _readOnlyReason ??= failure.Message;

    /// <summary>Writes what waits, then ends.</summary>
    public Task CloseAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    private void Run()
    {
        var taken = new List<WriteRequest>();
        while (_queue.TakeAll(taken, _isMarked ? Timeout.InfiniteTimeSpan : _options.MarkAfter) is { } next)
        {
            taken = next;
            if (taken.Count == 0)
            {
                _isMarked = true;
                Write(new WriteRequest(WriteKind.Mark, default, default));
            }

            foreach (var request in taken)
            {
                Write(request);
            }

            Commit();
        }

        if (!_isMarked)
        {
            Write(new WriteRequest(WriteKind.Mark, default, default));
            Commit();
        }

        _ended.SetResult();
    }

    private void Write(WriteRequest request)
    {
        try
        {
            Plan(request);
        }
        catch (DiskException failure)
        {
            request.Outcome = Refusal(failure);
        }

        _batch.Add(request);
    }

    private void Plan(WriteRequest request)
    {
        if (_readOnlyReason is { } reason)
        {
            request.Outcome = new PutOutcome.ReadOnly(reason);
            if (request.Kind == WriteKind.Remove && request.From is not null && IsAt(request))
            {
                // A damaged chunk is forgotten all the same: it would be served as damaged for ever.
                request.Outcome = PutOutcome.Stored.Instance;
                _changes.Add(new Change(RecordKind.Gone, request.Id, default, default));
            }

            return;
        }

        var known = Known(request.Id);
        switch (request.Kind)
        {
            case WriteKind.Put when known is null:
                Add(RecordKind.Chunk, request, request.Pin);
                break;
            case WriteKind.Put or WriteKind.Pin when known is { } here:
                request.Outcome = PutOutcome.AlreadyHad.Instance;
                if (here.Pin.CompareTo(request.Pin) < 0)
                {
                    Add(RecordKind.Pin, request, request.Pin);
                }

                break;
            case WriteKind.Remove when known is { } here && IsAt(request) && (request.PinMax is not { } pinMax || here.Pin.CompareTo(pinMax) <= 0):
                Add(RecordKind.Gone, request, default);
                break;
            case WriteKind.Move when known is { } here && IsAt(request):
                Add(RecordKind.Chunk, request, here.Pin);
                break;
            case WriteKind.CarryPin when known is { } here && here.Pin == request.Pin:
                Add(RecordKind.Pin, request, request.Pin);
                break;
            case WriteKind.CarryRemoval when known is null:
                Add(RecordKind.Gone, request, default);
                break;
            case WriteKind.Mark when _log.Active is not null && _log.Fits(request.SizeBytes):
                Add(RecordKind.Mark, request, default);
                break;
            case WriteKind.Roll when _log.Active is not null:
                Commit();
                if (_readOnlyReason is null)
                {
                    _log.Roll();
                    Add(RecordKind.Mark, request, default);
                }

                break;
            default:
                // Nothing to do: gone, or somewhere else by now.
                break;
        }
    }

    private void Add(RecordKind kind, WriteRequest request, Epoch pin)
    {
        if (!_log.Fits(request.SizeBytes))
        {
            Commit();
            if (_readOnlyReason is { } reason)
            {
                request.Outcome = new PutOutcome.ReadOnly(reason);
                return;
            }

            if (!_log.Fits(request.SizeBytes))
            {
                _log.Roll();
            }
        }

        if (_log.IsEmpty || _changes.Count == 0)
        {
            _roomBytes = _options.Disk.FreeBytes(_options.Root) - _options.ReserveBytes;
        }

        // Pins and deletions may use the reserve: they are small, and they protect and free.
        if (kind == RecordKind.Chunk && request.Body.Length > _roomBytes)
        {
            request.Outcome = PutOutcome.DiskFull.Instance;
            return;
        }

        _roomBytes -= request.SizeBytes;
        Interlocked.Add(ref _writtenBytes, request.SizeBytes);
        var place = _log.Add(kind, request.Id, pin, request.Body, request.BodyCrc);
        if (!request.Leaves.IsEmpty)
        {
            _log.Add(RecordKind.Leaves, request.Id, default, request.Leaves, Crc32C.Of(request.Leaves.Span));
        }

        request.Outcome ??= PutOutcome.Stored.Instance;
        _isMarked = kind == RecordKind.Mark;
        if (kind != RecordKind.Mark)
        {
            var change = new Change(kind, request.Id, place, pin);
            _changes.Add(change);
            _inBatch[request.Id] = change.Apply(Known(request.Id));
        }
    }

    private IndexedChunk? Known(ChunkId id) =>
        _inBatch.TryGetValue(id, out var here) ? here
        : _index.TryFind(id, out var found) ? found
        : null;

    private bool IsAt(WriteRequest request) => request.From is not { } from || Known(request.Id)?.Place == from;

    private void Commit()
    {
        try
        {
            if (!_log.IsEmpty)
            {
                // A reader may have met a failing disk meanwhile.
                _log.Commit(_readOnlyReason);
            }

            _changes.ForEach(Apply);
            _end = _log.Active is { } active ? new LogEnd(active.Number, active.SizeBytes) : _end;
        }
        catch (DiskException failure)
        {
            _log.Discard();
            var refusal = Refusal(failure);
            _batch.ForEach(request => request.Outcome = request.Outcome is null ? null : refusal);
        }

        var callers = 0;
        foreach (var request in _batch)
        {
            callers += request.Kind is WriteKind.Put or WriteKind.Pin ? 1 : 0;
            request.Answer();
        }

        if (callers > 0)
        {
            _slots.Release(callers);
        }

        _batch.Clear();
        _changes.Clear();
        _inBatch.Clear();
        _onWritten(_hasLeft);
        _hasLeft = false;
    }

    private void Apply(Change change)
    {
        RecordPlace? old = null;
        switch (change.Kind)
        {
            case RecordKind.Chunk:
                old = _index.Set(change.Id, change.Place, change.Pin);
                _table.At(change.Place.Slot)!.LiveBytes += change.Place.SizeBytes;
                break;
            case RecordKind.Gone:
                old = _index.Remove(change.Id);
                break;
            case RecordKind.Pin:
                _index.RaisePin(change.Id, change.Pin);
                break;
        }

        if (old is { } left)
        {
            _hasLeft = true;
            _table.At(left.Slot)!.LiveBytes -= left.SizeBytes;
        }
    }

    private PutOutcome Refusal(DiskException failure)
    {
        if (failure.Fault == DiskFault.NoSpace)
        {
            return PutOutcome.DiskFull.Instance;
        }

        TurnReadOnly(failure);
        return new PutOutcome.ReadOnly(_readOnlyReason!);
    }

    private readonly record struct Change(RecordKind Kind, ChunkId Id, RecordPlace Place, Epoch Pin)
    {
        public IndexedChunk? Apply(IndexedChunk? known) => Kind switch
        {
            RecordKind.Chunk => new IndexedChunk(Id, Place, Pin),
            RecordKind.Pin when known is { } here => here with { Pin = Pin },
            RecordKind.Gone => null,
            _ => known,
        };
    }
}

/// <summary>A position in the log.</summary>
/// <param name="Segment">Its number; zero when there is none.</param>
internal sealed record LogEnd(ulong Segment, long Offset);
