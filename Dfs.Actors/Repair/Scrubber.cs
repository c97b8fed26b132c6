using System.Collections.Concurrent;
using Dfs.Actors.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Repair;

/// <summary>Reads every chunk of this node's store now and then, and checks its sum and its name.</summary>
/// <remarks>
/// What is damaged the store moves aside and reports as after any read, and it is pulled from another node. One task, one chunk at a
/// time, at a bounded rate; it outlives the actor system. Durable: the partition that it is at, counts, whether it is paused; a
/// restart reads the open partition again. When a run is due goes by this node's clock, which decides nothing about data.
/// </remarks>
/// <param name="path">Of the note; beside it another one is written.</param>
/// <param name="onDamage">Told of a chunk whose bytes are not those of its name, which the store cannot see.</param>
public sealed class Scrubber(
    IChunkStore store, IDisk disk, string path, ScrubOptions options, TimeProvider time, Action<ChunkDamage> onDamage) : IScrubClient, IAsyncDisposable
{
    /// <summary>10,000 damaged chunks are remembered to count the healed ones; a disk with more is beyond counting.</summary>
    private const int RememberedMax = 10_000;

    private static readonly TimeSpan IdleCheck = TimeSpan.FromMinutes(1);

    /// <summary>After a failure that nobody foresaw: five seconds, doubling to ten minutes.</summary>
    private static readonly TimeSpan FailurePauseMin = TimeSpan.FromSeconds(5), FailurePauseMax = TimeSpan.FromMinutes(10);

    /// <summary>A timer knows whole milliseconds: shorter rests are saved up.</summary>
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<ChunkId, byte> _damaged = new();
    private ScrubNote _note = ScrubNote.None;
    private Task _task = Task.CompletedTask;
    private bool _isUrgent;

    // Of the one task alone.
    private TimeSpan _owed;

    public ScrubStatus Status
    {
        get
        {
            var note = Note;
            return new ScrubStatus(
                note.IsPaused ? "paused" : note.IsOpen ? "running" : "idle",
                note.IsOpen ? (double)note.Next / PartitionId.Count : 1,
                note.EndedUnixMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(note.EndedUnixMs),
                note.Chunks, note.Bytes, note.Damaged,
                _damaged.Keys.Count(store.Contains));
        }
    }

    private ScrubNote Note
    {
        get
        {
            lock (_lock)
            {
                return _note;
            }
        }
    }

    /// <summary>Goes on where it was, or waits until a run is due.</summary>
    public void Start()
    {
        using (var file = disk.Open(path, writable: false))
        {
            Span<byte> bytes = stackalloc byte[64];
            _note = file is null ? ScrubNote.None : ScrubNote.Decode(bytes[..file.Read(0, bytes)]);
        }

        _task = Task.Run(RunAsync);
    }

    public void Begin() => Change(note => note.IsOpen ? note with { IsPaused = false } : Opened(note), isUrgent: true);

    public void Pause() => Change(static note => note with { IsPaused = true }, isUrgent: false);

    public void Resume() => Change(static note => note with { IsPaused = false }, isUrgent: false);

    /// <summary>The store, or a reader of it, found a chunk damaged.</summary>
    public void NoteDamage(ChunkDamage damage)
    {
        if (_damaged.Count < RememberedMax)
        {
            _damaged.TryAdd(damage.Id, 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _stop.Dispose();
        _changed.Dispose();
    }

    private static ScrubNote Opened(ScrubNote note) => note with { Next = 0, IsPaused = false, Chunks = 0, Bytes = 0, Damaged = 0 };

    private void Change(Func<ScrubNote, ScrubNote> change, bool isUrgent)
    {
        lock (_lock)
        {
            _note = change(_note);
            _isUrgent = isUrgent || (_isUrgent && _note.IsOpen && !_note.IsPaused);
            Save(_note);
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    private async Task RunAsync()
    {
        var pause = FailurePauseMin;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await StepAsync().ConfigureAwait(false);
                pause = FailurePauseMin;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The node stops; the note says where to go on.
            }
            catch (Exception failure)
            {
                // Without this a store would never be read again, and nobody would know.
                options.OnFailure(failure, pause);
                await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = 2 * pause < FailurePauseMax ? 2 * pause : FailurePauseMax;
            }
        }
    }

    private async Task StepAsync()
    {
        var note = Note;
        if (note is { IsOpen: true, IsPaused: false })
        {
            await ReadPartitionAsync(new PartitionId(note.Next)).ConfigureAwait(false);
        }
        else if (!note.IsPaused && ScrubRule.IsDue(note.EndedUnixMs == 0 ? null : note.EndedUnixMs, Now(), options.Every) && store.State.Chunks > 0)
        {
            Change(Opened, isUrgent: false);
        }
        else
        {
            await _changed.WaitAsync(IdleCheck, _stop.Token).ConfigureAwait(false);
        }
    }

    private async Task ReadPartitionAsync(PartitionId partition)
    {
        var (chunks, bytes, damaged) = (0L, 0L, 0L);
        await foreach (var id in store.ListAsync(partition, _stop.Token).ConfigureAwait(false))
        {
            var begin = time.GetTimestamp();
            if (await ReadAsync(id).ConfigureAwait(false) is { } sizeBytes)
            {
                (chunks, bytes) = (chunks + 1, bytes + sizeBytes);
                _owed += ScrubRule.RestAfter(sizeBytes, time.GetElapsedTime(begin), options.BytesPerSecond);
                await RestAsync().ConfigureAwait(false);
            }
            else if (_damaged.ContainsKey(id))
            {
                (chunks, damaged) = (chunks + 1, damaged + 1);
            }

            if (Note is { IsPaused: true })
            {
                // This partition is read again from its beginning.
                return;
            }
        }

        lock (_lock)
        {
            // A new run may have been asked for meanwhile.
            if (_note.IsOpen && _note.Next == partition.Index)
            {
                var isEnd = partition.Index == PartitionId.Count - 1;
                _note = _note with
                {
                    Next = partition.Index + 1,
                    EndedUnixMs = isEnd ? Math.Max(1, Now()) : _note.EndedUnixMs,
                    Chunks = _note.Chunks + chunks,
                    Bytes = _note.Bytes + bytes,
                    Damaged = _note.Damaged + damaged,
                };
                _isUrgent &= !isEnd;
                if (isEnd || chunks > 0)
                {
                    Save(_note);
                }
            }
        }
    }

    /// <returns>Its size; null when it is not here any more, or was damaged.</returns>
    private async Task<int?> ReadAsync(ChunkId id)
    {
        try
        {
            using var chunk = await store.ReadAsync(id, _stop.Token).ConfigureAwait(false);
            if (chunk is null)
            {
                return null;
            }

            if (ChunkTree.IdOf(chunk.Ciphertext.Span) == id)
            {
                return chunk.Ciphertext.Length;
            }
        }
        catch (IOException)
        {
            // A disk that does not answer is no reason to end; the store says so itself.
            return null;
        }

        // The sum is right and the name is not: these bytes were never that chunk.
        await store.DeleteAsync(id, _stop.Token).ConfigureAwait(false);
        NoteDamage(new ChunkDamage(id, DamageKind.Corrupt));
        onDamage(new ChunkDamage(id, DamageKind.Corrupt));
        return null;
    }

    private async Task RestAsync()
    {
        bool isUrgent;
        lock (_lock)
        {
            isUrgent = _isUrgent;
        }

        if (!isUrgent && _owed >= ShortestRest)
        {
            await Task.Delay(_owed, time, _stop.Token).ConfigureAwait(false);
        }

        _owed = isUrgent || _owed >= ShortestRest ? TimeSpan.Zero : _owed;
    }

    // Whatever happens to it, the store is read once more than needed and no chunk is worse off.
    private void Save(ScrubNote note)
    {
        try
        {
            WholeFile.Replace(disk, path, note.Encode());
        }
        catch (DiskException)
        {
            // Full or failing: the store has its own way to say so.
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>How often and how fast a <see cref="Scrubber"/> reads.</summary>
/// <param name="Every">From the end of a run to the begin of the next; zero: only when asked.</param>
/// <param name="BytesPerSecond">Of ciphertext, when nobody asked for the run.</param>
public sealed record ScrubOptions(TimeSpan Every, long BytesPerSecond)
{
    /// <summary>Told of a failure that nobody foresaw, and how long the scrubber rests after it before it goes on.</summary>
    public Action<Exception, TimeSpan> OnFailure { get; init; } = static (_, _) => { };
}
