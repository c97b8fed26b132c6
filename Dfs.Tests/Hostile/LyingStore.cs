using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;

namespace Dfs.Tests.Hostile;

/// <summary>What the peer endpoint of a hostile node has for a store: it answers as the node likes.</summary>
internal sealed class LyingStore(IChunkStore honest) : IChunkStore
{
    /// <summary>Says that it stores, and that it has, what it throws away.</summary>
    public bool Drops { get; set; }

    /// <summary>Given in place of every chunk; null: the chunk itself.</summary>
    public ChunkId? Other { get; set; }

    public StoreState State => honest.State;

    public async ValueTask<PutOutcome> PutAsync(ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation) =>
        Drops ? PutOutcome.Stored.Instance : await honest.PutAsync(id, ciphertext, pin, cancellation);

    public ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation) => honest.ReadAsync(Other ?? id, cancellation);

    public ValueTask<LeafLease?> ReadLeavesAsync(ChunkId id, int first, int count, CancellationToken cancellation) =>
        honest.ReadLeavesAsync(Other ?? id, first, count, cancellation);

    public async ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation) =>
        Drops || Other is not null || await honest.PinAsync(id, pin, cancellation);

    public ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation) => honest.DeleteAsync(id, cancellation);

    public ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation) =>
        honest.DeleteUnpinnedAsync(id, pinMax, cancellation);

    public bool Contains(ChunkId id) => Drops || honest.Contains(id);

    public int? SizeOf(ChunkId id) => honest.SizeOf(id);

    public IAsyncEnumerable<ChunkId> ListAsync(PartitionId partition, CancellationToken cancellation) => honest.ListAsync(partition, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
