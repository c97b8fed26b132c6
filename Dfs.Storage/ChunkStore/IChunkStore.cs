using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>A node's chunks: sealed bytes of at most 4 MiB under the id that is computed from them.</summary>
/// <remarks>
/// Safe for many callers at once. The store trusts whoever puts a chunk to have checked its id, and checks its own sum on
/// every read; who uses what it read checks the id. It deletes what it is told to: whether a chunk may go is decided elsewhere.
/// </remarks>
public interface IChunkStore : IAsyncDisposable
{
    StoreState State { get; }

    /// <summary>Chunks that were here when the store was open before and are not now: to be pulled from other replicas.</summary>
    IReadOnlyCollection<ChunkId> MissingAtOpening => [];

    /// <summary>Stores a chunk. The answer means: durable, and so is the pin.</summary>
    /// <param name="ciphertext">Must not change before the answer.</param>
    /// <param name="pin">The chunk is kept at least as long as this epoch is recent; an older pin never replaces a newer.</param>
    /// <param name="cancellation">Is heeded until the work has begun; after that the answer is awaited.</param>
    ValueTask<PutOutcome> PutAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation);

    /// <summary>As above, by a caller who has computed the chunk's name and so knows its leaves.</summary>
    /// <param name="leaves">Kept beside the chunk where the store can, so that a part of it is served without reading the rest; null when not known.</param>
    ValueTask<PutOutcome> PutAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, LeafHashes? leaves, Epoch pin, CancellationToken cancellation) =>
        PutAsync(id, ciphertext, pin, cancellation);

    /// <summary>Stores several chunks; a store with one sync for many begins them together, so that they share it.</summary>
    /// <returns>To each what it would have been answered alone, in their order, once all are durable or refused.</returns>
    async ValueTask<IReadOnlyList<PutOutcome>> PutAllAsync(IReadOnlyList<ChunkPut> chunks) => await Task.WhenAll(
        chunks.Select(chunk => PutAsync(chunk.Id, chunk.Ciphertext, chunk.Leaves, chunk.Pin, CancellationToken.None).AsTask()));

    /// <summary>The chunk in pooled memory, or null: not here, or damaged and therefore reported and no longer here.</summary>
    ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation);

    /// <summary>
    /// Some leaves of a chunk, or null: not here, or it has no such leaves. Who uses them proves them; when they are wrong,
    /// reading the whole chunk makes the store notice. This way reads the whole; a store that keeps leaf hashes does not.
    /// </summary>
    /// <param name="count">At least one.</param>
    ValueTask<LeafLease?> ReadLeavesAsync(ChunkId id, int first, int count, CancellationToken cancellation) =>
        ChunkLeaves.ReadAsync(this, id, first, count, cancellation);

    /// <summary>Makes a pin durable. False when the chunk has to be sent: it is not here, or its pin cannot be written.</summary>
    ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation);

    /// <summary>
    /// Removes a chunk with its pin, durably: no restart brings it back. Puts of the same chunk come before or after as a
    /// whole; a lease that was handed out stays good.
    /// </summary>
    /// <param name="cancellation">Is heeded until the work has begun; after that the answer is awaited.</param>
    /// <returns>False when it was not here, or the store writes nothing any more.</returns>
    ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation);

    /// <summary>As <see cref="DeleteAsync"/>, but a chunk whose pin is above <paramref name="pinMax"/> stays: decided and done as one.</summary>
    ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation);

    bool Contains(ChunkId id);

    /// <summary>Much was deleted: files shrink to what is alive, beside the callers. A store that gives back at once has nothing to do.</summary>
    void GiveBack()
    {
    }

    /// <summary>Bytes of ciphertext; null when it is not here.</summary>
    int? SizeOf(ChunkId id);

    /// <summary>The chunks of a partition in the order of their ids, as they were when the listing began.</summary>
    IAsyncEnumerable<ChunkId> ListAsync(PartitionId partition, CancellationToken cancellation);
}

/// <param name="Bytes">Ciphertext held, without what the disk needs to name it.</param>
/// <param name="Quarantined">Damaged chunks moved aside since the directory was made, as far as they are still there.</param>
/// <param name="ReadOnlyReason">Null, or why nothing is written any more until the node is started again.</param>
public sealed record StoreState(long Chunks, long Bytes, long Quarantined, string? ReadOnlyReason);
