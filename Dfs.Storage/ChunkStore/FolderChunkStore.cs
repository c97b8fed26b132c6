using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <summary>A chunk store with a file for each chunk, to be looked at with ordinary tools.</summary>
/// <remarks>
/// Writes and reads block threads of its own, bounded in number. Two puts of one chunk write it once. A failed write or sync,
/// a full disk excepted, makes the store read-only until it is opened again: it cannot know what the disk has.
/// Design and figures: docs/design/chunk-store.md.
/// </remarks>
public sealed class FolderChunkStore : IChunkStore
{
    private readonly FolderChunkStoreOptions _options;
    private readonly ChunkFolder _folder;
    private readonly ChunkIndex _index = new();
    private readonly ConcurrentDictionary<ChunkId, TaskCompletionSource> _inFlight = new();
    private readonly SemaphoreSlim _slots;
    private readonly DiskThreads _writers;
    private readonly DiskThreads _readers;
    private readonly NameCommits _names;
    private volatile string? _readOnlyReason;
    private int _disposed;

    private FolderChunkStore(FolderChunkStoreOptions options, ChunkFolder folder)
    {
        (_options, _folder) = (options, folder);
        _slots = new SemaphoreSlim(options.WaitingPutsMax);
        _writers = new DiskThreads("dfs-chunk-writer", options.WriterThreads);
        _readers = new DiskThreads("dfs-chunk-reader", options.ReaderThreads);
        _names = new NameCommits(options.Disk);
    }

    public StoreState State => new(_index.Chunks, _index.Bytes, _folder.Quarantined, _readOnlyReason);

    /// <summary>Makes the folders if needed, removes what unfinished puts left, and finds every chunk; blocks meanwhile.</summary>
    /// <exception cref="DiskException">The folder cannot be made or read.</exception>
    public static FolderChunkStore Open(FolderChunkStoreOptions options)
    {
        var folder = new ChunkFolder(options.Disk, options.Root);
        var found = folder.Scan().ToList();
        var store = new FolderChunkStore(options, folder);
        found.ForEach(chunk => store._index.Set(chunk.Id, chunk.SizeBytes, proven: null));
        return store;
    }

    public bool Contains(ChunkId id) => _index.Find(id) is not null;

    public int? SizeOf(ChunkId id) => _index.Find(id)?.SizeBytes;

    public async ValueTask<PutOutcome> PutAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation)
    {
        Invariant.Holds(
            ciphertext.Length <= ChunkFile.ChunkSizeBytesMax, $"a chunk is at most 4 MiB ({ciphertext.Length} bytes)");
        return await AloneAsync(id, () => PutAloneAsync(id, ciphertext, pin, cancellation), cancellation);
    }

    public ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation) =>
        AloneAsync(id, () => DeleteAloneAsync(id, null, cancellation), cancellation);

    public ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation) =>
        AloneAsync(id, () => DeleteAloneAsync(id, pinMax, cancellation), cancellation);

    public async ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation)
    {
        if (_index.Find(id) is not { } entry)
        {
            return null;
        }

        var memory = await _options.Buffers.RentAsync(entry.SizeBytes, cancellation);
        Epoch? good = null;
        try
        {
            good = await _readers.RunAsync(() => Read(id, memory.Memory.Span));
            return good is { } pin ? new ChunkLease(id, memory) { Pin = pin } : null;
        }
        finally
        {
            if (good is null)
            {
                memory.Dispose();
            }
        }
    }

    public async ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation) =>
        _index.Find(id) is { } entry && await EnsurePinAsync(id, entry, pin, cancellation);

    public async IAsyncEnumerable<ChunkId> ListAsync(
        PartitionId partition, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var id in _index.Of(partition))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return id;
        }
    }

    /// <summary>Finishes what has begun; callers must not start anything new.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _writers.DisposeAsync();
            await _readers.DisposeAsync();
            await _names.DisposeAsync();
            _slots.Dispose();
        }
    }

    // One put or delete of a chunk at a time.
    private async ValueTask<T> AloneAsync<T>(ChunkId id, Func<ValueTask<T>> work, CancellationToken cancellation)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!_inFlight.TryAdd(id, turn))
        {
            if (_inFlight.TryGetValue(id, out var other))
            {
                await other.Task.WaitAsync(cancellation);
            }
        }

        try
        {
            return await work();
        }
        finally
        {
            _inFlight.TryRemove(id, out _);
            turn.SetResult();
        }
    }

    private async ValueTask<PutOutcome> PutAloneAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation)
    {
        if (_index.Find(id) is { } entry && await EnsurePinAsync(id, entry, pin, cancellation))
        {
            return PutOutcome.AlreadyHad.Instance;
        }

        await _slots.WaitAsync(cancellation);
        try
        {
            if (_readOnlyReason is { } reason)
            {
                return new PutOutcome.ReadOnly(reason);
            }

            if (await _writers.RunAsync(() => Write(id, ciphertext, pin)) is not { } folders)
            {
                return PutOutcome.DiskFull.Instance;
            }

            await _names.SyncAsync(folders);
            _index.Set(id, ciphertext.Length, pin);
            return PutOutcome.Stored.Instance;
        }
        catch (DiskException failure)
        {
            return TurnReadOnly(failure);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async ValueTask<bool> DeleteAloneAsync(ChunkId id, Epoch? pinMax, CancellationToken cancellation)
    {
        await _slots.WaitAsync(cancellation);
        try
        {
            if (_readOnlyReason is not null || _index.Find(id) is not { } entry
                || await _writers.RunAsync(() => _folder.Delete(id, entry.SizeBytes, pinMax, () => _index.Remove(id))) is not { } folder)
            {
                return false;
            }

            await _names.SyncAsync([folder]);
            return true;
        }
        catch (DiskException failure)
        {
            TurnReadOnly(failure);
            return false;
        }
        finally
        {
            _slots.Release();
        }
    }

    private string[]? Write(ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin)
    {
        // A writer may have failed since this put was queued.
        if (_readOnlyReason is { } reason)
        {
            throw new DiskException(DiskFault.Io, reason);
        }

        try
        {
            var isRoom = _options.Disk.FreeBytes(_options.Root) - ciphertext.Length >= _options.ReserveBytes;
            return isRoom ? _folder.Write(id, ciphertext, pin) : null;
        }
        catch (DiskException full) when (full.Fault == DiskFault.NoSpace)
        {
            return null;
        }
    }

    private async ValueTask<bool> EnsurePinAsync(
        ChunkId id, ChunkIndex.Entry entry, Epoch pin, CancellationToken cancellation)
    {
        if (entry.Proven is { } proven && proven.CompareTo(pin) >= 0)
        {
            return true;
        }

        await _slots.WaitAsync(cancellation);
        try
        {
            if (_readOnlyReason is not null
                || await _writers.RunAsync(() => RaisePin(id, entry.SizeBytes, pin)) is not { } raised)
            {
                return false;
            }

            if (entry.Proven is null)
            {
                await _names.SyncAsync(_folder.FoldersOf(id));
            }

            return _index.Prove(id, entry.Generation, raised);
        }
        catch (DiskException full) when (full.Fault == DiskFault.NoSpace)
        {
            return false;
        }
        catch (DiskException failure)
        {
            TurnReadOnly(failure);
            return false;
        }
        finally
        {
            _slots.Release();
        }
    }

    private Epoch? RaisePin(ChunkId id, int sizeBytes, Epoch pin)
    {
        var raised = _folder.RaisePin(id, sizeBytes, pin);
        if (raised is null)
        {
            // The header is bad, so the whole record is: a pin must never stand on what cannot be read.
            Read(id, new byte[sizeBytes]);
        }

        return raised;
    }

    /// <returns>The pin of a good chunk, or null.</returns>
    private Epoch? Read(ChunkId id, Span<byte> target)
    {
        var (isNews, pin) = (false, default(Epoch));
        DamageKind? damage;
        try
        {
            damage = _folder.Read(id, target, out pin) is null
                ? null
                : _folder.ReadOrSetAside(id, target, () => isNews = _index.Remove(id), out pin);
        }
        catch (DiskException failure)
        {
            // It stays listed: the disk did not say that it is bad, and nothing else is stored here any more.
            TurnReadOnly(failure);
            (damage, isNews) = (DamageKind.Unreadable, true);
        }

        if (damage is { } kind && isNews)
        {
            _options.OnDamage(new ChunkDamage(id, kind));
        }

        return damage is null ? pin : null;
    }

    private PutOutcome.ReadOnly TurnReadOnly(DiskException failure)
    {
        _readOnlyReason ??= failure.Message;
        return new PutOutcome.ReadOnly(_readOnlyReason);
    }
}
