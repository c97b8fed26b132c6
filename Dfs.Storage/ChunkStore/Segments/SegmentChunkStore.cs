using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>A chunk store in a log: chunks are appended to segments, many of them with one sync.</summary>
/// <remarks>
/// One thread writes (<see cref="SegmentWriter"/>), a few read. The index is in memory, with a checkpoint on disk. A failed
/// write or sync, a full disk excepted, makes the store read-only until it is opened again: it cannot know what the disk has.
/// Design and figures: docs/design/chunk-store.md; bytes: docs/formats/segment.md.
/// </remarks>
public sealed class SegmentChunkStore : IChunkStore
{
    // A chunk may be moved by the compaction while it is looked up; not forever.
    private const int LookupsMax = 8;

    private readonly SegmentChunkStoreOptions _options;
    private readonly SegmentTable _table;
    private readonly PackedIndex _index = new();
    private readonly QuarantineFolder _quarantine;
    private readonly SegmentLog _log;
    private readonly SegmentReader _reader;
    private readonly RecentReads _recent = new();
    private readonly SegmentWriter _writer;
    private readonly SegmentUpkeep _upkeep;
    private readonly SemaphoreSlim _slots;
    private readonly DiskThreads _readers;
    private int _disposed;

    private SegmentChunkStore(SegmentChunkStoreOptions options, QuarantineFolder quarantine)
    {
        (_options, _quarantine) = (options, quarantine);
        _table = new SegmentTable(options.Disk, options.OpenSegmentsMax);
        _log = new SegmentLog(options, _table);
        _reader = new SegmentReader(_table);
        _slots = new SemaphoreSlim(options.WaitingPutsMax);
        var recovery = new SegmentRecovery(options, _table, _index, _log, quarantine);
        recovery.Run();
        _readers = new DiskThreads("dfs-segment-reader", options.ReaderThreads);
        _writer = new SegmentWriter(options, _table, _index, _log, _slots, hasLeft => _upkeep!.Look(hasLeft));
        var compaction = new SegmentCompaction(options, _table, _index, _writer, _reader, _readers, ReportAsync);
        _upkeep = new SegmentUpkeep(options, _table, _index, _writer, compaction, _readers);
        MissingAtOpening = [.. recovery.Missing];
        _writer.Start();
        _upkeep.Start(recovery.Checkpoint);
    }

    public StoreState State => new(_index.Chunks, _index.Bytes, _quarantine.Files, _writer.ReadOnlyReason);

    /// <summary>Those of the last checkpoint whose segment is gone.</summary>
    public IReadOnlyCollection<ChunkId> MissingAtOpening { get; }

    /// <summary>What the index takes in memory.</summary>
    public long IndexBytes => _index.MemoryBytes;

    /// <summary>Makes the folders if needed, reads the checkpoint, scans what is behind it and cuts a torn tail; blocks meanwhile.</summary>
    /// <exception cref="DiskException">The folder cannot be made or read.</exception>
    public static SegmentChunkStore Open(SegmentChunkStoreOptions options)
    {
        var disk = options.Disk;
        disk.CreateFolder(options.Root);
        disk.CreateFolder(options.SegmentsPath);
        var quarantine = new QuarantineFolder(disk, options.Root);
        disk.SyncFolders([Path.GetDirectoryName(options.Root)!, options.Root]);
        return new SegmentChunkStore(options, quarantine);
    }

    public bool Contains(ChunkId id) => _index.TryFind(id, out _);

    public int? SizeOf(ChunkId id) => _index.TryFind(id, out var known) ? known.Place.LengthBytes : null;

    public ValueTask<PutOutcome> PutAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation) =>
        PutOrPinAsync(id, ciphertext, default, pin, cancellation);

    public ValueTask<PutOutcome> PutAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, LeafHashes? leaves, Epoch pin, CancellationToken cancellation) =>
        PutOrPinAsync(id, ciphertext, KeptOf(leaves, ciphertext.Length), pin, cancellation);

    public async ValueTask<IReadOnlyList<PutOutcome>> PutAllAsync(IReadOnlyList<ChunkPut> chunks)
    {
        var answers = new List<Task<PutOutcome?>>(chunks.Count);
        var fresh = new List<WriteRequest>(chunks.Count);
        foreach (var (id, ciphertext, hashes, pin) in chunks)
        {
            var leaves = KeptOf(hashes, ciphertext.Length);
            if (_index.TryFind(id, out var known))
            {
                answers.Add(PutKnownAsync(known, ciphertext, leaves, pin, CancellationToken.None).AsTask()!);
                continue;
            }

            var turn = _slots.WaitAsync();
            if (!turn.IsCompletedSuccessfully)
            {
                // Others who hold a few slots each and wait for more would wait for each other.
                _writer.Enqueue(CollectionsMarshal.AsSpan(fresh));
                fresh.Clear();
                await turn;
            }

            var request = PutOf(id, ciphertext, leaves, pin);
            fresh.Add(request);
            answers.Add(request.Task);
        }

        _writer.Enqueue(CollectionsMarshal.AsSpan(fresh));
        return (await Task.WhenAll(answers))!;
    }

    // A chunk of one leaf is never read in part.
    private static ReadOnlyMemory<byte> KeptOf(LeafHashes? leaves, int sizeBytes)
    {
        Invariant.Holds(leaves is null || leaves.ChunkSizeBytes == sizeBytes, $"the leaves are the chunk's ({leaves?.ChunkSizeBytes}, {sizeBytes} bytes)");
        return leaves is { Count: > 1 } ? leaves.Encode() : ReadOnlyMemory<byte>.Empty;
    }

    private static WriteRequest PutOf(ChunkId id, ReadOnlyMemory<byte> ciphertext, ReadOnlyMemory<byte> leaves, Epoch pin)
    {
        Invariant.Holds(
            ciphertext.Length <= ChunkFile.ChunkSizeBytesMax, $"a chunk is at most 4 MiB ({ciphertext.Length} bytes)");
        return new WriteRequest(WriteKind.Put, id, pin) { Body = ciphertext, BodyCrc = Crc32C.Of(ciphertext.Span), Leaves = leaves };
    }

    private ValueTask<PutOutcome> PutOrPinAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, ReadOnlyMemory<byte> leaves, Epoch pin, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PutOutcome>(cancellation);
        }

        if (_index.TryFind(id, out var known))
        {
            return PutKnownAsync(known, ciphertext, leaves, pin, cancellation);
        }

        return new ValueTask<PutOutcome>(WriteInTurnAsync(PutOf(id, ciphertext, leaves, pin), cancellation)!);
    }

    public async ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation)
    {
        for (var lookup = 0; lookup < LookupsMax && _index.TryFind(id, out var known); lookup++)
        {
            var memory = await _options.Buffers.RentAsync(known.Place.LengthBytes, cancellation);
            var isOnce = !_recent.Note(id);
            var damage = await _readers.RunAsync(() => Read(known, memory.Memory.Span, isOnce));
            if (damage is null)
            {
                return new ChunkLease(id, memory) { Pin = known.Pin };
            }

            memory.Dispose();
            if (_index.TryFind(id, out var now) && now.Place == known.Place)
            {
                await ReportAsync(known, damage.Value);
                return null;
            }
        }

        return null;
    }

    public async ValueTask<LeafLease?> ReadLeavesAsync(ChunkId id, int first, int count, CancellationToken cancellation)
    {
        if (!_index.TryFind(id, out var known) || first + count > ChunkTree.LeavesOf(known.Place.LengthBytes))
        {
            return null;
        }

        var memory = await _options.Buffers.RentAsync(ChunkTree.SizeOfLeaves(known.Place.LengthBytes, first, count), cancellation);
        var hashes = await _readers.RunAsync(() => ReadLeaves(known, first, memory.Memory.Span));
        if (hashes is not null)
        {
            return new LeafLease(hashes, first, memory, memory.Memory);
        }

        // Stored before leaf hashes were kept, moved meanwhile, or damaged: the long way says which.
        memory.Dispose();
        return await ChunkLeaves.ReadAsync(this, id, first, count, cancellation);
    }

    public async ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation) =>
        _index.TryFind(id, out var known) && await EnsurePinAsync(known, pin, cancellation);

    public async ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return await _writer.WriteAsync(new WriteRequest(WriteKind.Remove, id, default)) is PutOutcome.Stored;
    }

    public async ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return await _writer.WriteAsync(new WriteRequest(WriteKind.Remove, id, default) { PinMax = pinMax }) is PutOutcome.Stored;
    }

    public async IAsyncEnumerable<ChunkId> ListAsync(
        PartitionId partition, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var chunk in _index.Of(partition))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return chunk.Id;
        }
    }

    /// <summary>Rewrites what is still needed of every sparse segment, without a pause, and removes the segments.</summary>
    public Task CompactAsync(CancellationToken cancellation) => _upkeep.CompactAsync(long.MaxValue, cancellation);

    public void GiveBack() => _upkeep.GiveBack();

    /// <summary>As <see cref="GiveBack"/>, without a pause, and done when it returns.</summary>
    public Task GiveBackAsync(CancellationToken cancellation) => _upkeep.GiveBackAsync(long.MaxValue, cancellation);

    /// <summary>Finishes what has begun and writes the checkpoint; callers must not start anything new.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _upkeep.StopAsync();
            await _writer.CloseAsync();
            await _upkeep.WriteLastCheckpointAsync();
            await _readers.DisposeAsync();
            _log.Dispose();
            _table.Dispose();
            _upkeep.Dispose();
            _slots.Dispose();
        }
    }

    private async ValueTask<PutOutcome> PutKnownAsync(
        IndexedChunk known, ReadOnlyMemory<byte> ciphertext, ReadOnlyMemory<byte> leaves, Epoch pin, CancellationToken cancellation)
    {
        if (await EnsurePinAsync(known, pin, cancellation))
        {
            return PutOutcome.AlreadyHad.Instance;
        }

        // Damaged, or the pin cannot be written: the writer knows which.
        return (await WriteInTurnAsync(PutOf(known.Id, ciphertext, leaves, pin), cancellation))!;
    }

    private async ValueTask<bool> EnsurePinAsync(IndexedChunk known, Epoch pin, CancellationToken cancellation)
    {
        if (known.Pin.CompareTo(pin) >= 0)
        {
            return true;
        }

        if (await _readers.RunAsync(() => IsHeadGood(known)) is false)
        {
            // A pin must never stand on what cannot be read: this reports it.
            using var lease = await ReadAsync(known.Id, cancellation);
            if (lease is null)
            {
                return false;
            }
        }

        var outcome = await WriteInTurnAsync(new WriteRequest(WriteKind.Pin, known.Id, pin), cancellation);
        return outcome is { IsDurable: true };
    }

    private Task<PutOutcome?> WriteInTurnAsync(WriteRequest request, CancellationToken cancellation)
    {
        var turn = _slots.WaitAsync(cancellation);
        return turn.IsCompletedSuccessfully ? _writer.WriteAsync(request) : WaitAsync();

        async Task<PutOutcome?> WaitAsync()
        {
            await turn;
            return await _writer.WriteAsync(request);
        }
    }

    private bool IsHeadGood(IndexedChunk known)
    {
        try
        {
            return _reader.ReadHead(known.Id, known.Place) is not null;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private DamageKind? Read(IndexedChunk known, Span<byte> target, bool isOnce)
    {
        try
        {
            // Twice, because a wrong answer of the disk may be gone the next time, and a good chunk is not to be given up.
            return _reader.Read(known.Id, known.Place, target, isOnce, out _) is null
                ? null
                : _reader.Read(known.Id, known.Place, target, isOnce, out _);
        }
        catch (DiskException failure)
        {
            _writer.TurnReadOnly(failure);
            return DamageKind.Unreadable;
        }
    }

    private LeafHashes? ReadLeaves(IndexedChunk known, int first, Span<byte> target)
    {
        try
        {
            return _reader.ReadLeaves(known.Id, known.Place, first, target);
        }
        catch (DiskException failure)
        {
            _writer.TurnReadOnly(failure);
            return null;
        }
    }

    /// <summary>Sets a damaged record aside and reports it, unless the chunk lies elsewhere by now.</summary>
    private async Task ReportAsync(IndexedChunk chunk, DamageKind damage)
    {
        if (!_index.TryFind(chunk.Id, out var now) || now.Place != chunk.Place)
        {
            return;
        }

        // What cannot be read stays listed: the disk did not say that it is bad.
        if (damage == DamageKind.Unreadable)
        {
            _options.OnDamage(new ChunkDamage(chunk.Id, damage));
            return;
        }

        var request = new WriteRequest(WriteKind.Remove, chunk.Id, default) { From = chunk.Place };
        if (await _writer.WriteAsync(request) is not null)
        {
            await _readers.RunAsync(() => Keep(chunk));
            _options.OnDamage(new ChunkDamage(chunk.Id, damage));
        }
    }

    private bool Keep(IndexedChunk chunk)
    {
        if (_table.At(chunk.Place.Slot) is { } segment && _table.Use(segment) is { } use)
        {
            using (use)
            {
                _quarantine.KeepRecord(chunk.Id, use.File, chunk.Place.Offset, chunk.Place.SizeBytes);
            }
        }

        return true;
    }
}
