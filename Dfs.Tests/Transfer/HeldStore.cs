using System.Collections.Concurrent;
using System.Threading.Channels;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;

namespace Dfs.Tests.Transfer;

/// <summary>A store that does not begin to put before the test says so, and knows what was put together.</summary>
internal sealed class HeldStore(IChunkStore inner) : IChunkStore
{
    private readonly Channel<int> _arrived = Channel.CreateUnbounded<int>();
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many chunks each request had that had several.</summary>
    public ConcurrentQueue<int> Together { get; } = new();

    /// <summary>Reads wait, too.</summary>
    public bool HoldsReads { get; set; }

    public StoreState State => inner.State;

    /// <summary>Waits until the next request has come to the store; each counts once.</summary>
    /// <returns>Its chunks.</returns>
    public Task<int> ArrivedAsync() => _arrived.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public void Open() => _open.TrySetResult();

    public void Close() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<PutOutcome> PutAsync(ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation) =>
        PutAsync(id, ciphertext, null, pin, cancellation);

    public async ValueTask<PutOutcome> PutAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, LeafHashes? leaves, Epoch pin, CancellationToken cancellation)
    {
        var open = _open.Task;
        _arrived.Writer.TryWrite(1);
        await open;
        return await inner.PutAsync(id, ciphertext, leaves, pin, cancellation);
    }

    public async ValueTask<IReadOnlyList<PutOutcome>> PutAllAsync(IReadOnlyList<ChunkPut> chunks)
    {
        var open = _open.Task;
        Together.Enqueue(chunks.Count);
        _arrived.Writer.TryWrite(chunks.Count);
        await open;
        return await inner.PutAllAsync(chunks);
    }

    public async ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation)
    {
        await (HoldsReads ? _open.Task : Task.CompletedTask);
        return await inner.ReadAsync(id, cancellation);
    }

    public ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation) => inner.PinAsync(id, pin, cancellation);

    public ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation) => inner.DeleteAsync(id, cancellation);

    public ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation) =>
        inner.DeleteUnpinnedAsync(id, pinMax, cancellation);

    public bool Contains(ChunkId id) => inner.Contains(id);

    public int? SizeOf(ChunkId id) => inner.SizeOf(id);

    public IAsyncEnumerable<ChunkId> ListAsync(PartitionId partition, CancellationToken cancellation) => inner.ListAsync(partition, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
