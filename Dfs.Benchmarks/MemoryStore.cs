using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Benchmarks;

/// <summary>Keeps chunks in memory, so that only the way there is measured.</summary>
internal sealed class MemoryStore(BufferPool buffers) : IChunkStore
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<ChunkId, byte[]> _chunks = new();

    public StoreState State => new(_chunks.Count, 0, 0, null);

    public ValueTask<PutOutcome> PutAsync(
        ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation)
    {
        if (!_chunks.ContainsKey(id))
        {
            _chunks[id] = ciphertext.ToArray();
        }

        return ValueTask.FromResult<PutOutcome>(PutOutcome.Stored.Instance);
    }

    public async ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation)
    {
        var memory = await buffers.RentAsync(_chunks[id].Length, cancellation);
        _chunks[id].CopyTo(memory.Memory);
        return new ChunkLease(id, memory);
    }

    public ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation) => new(Contains(id));

    public ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation) => new(_chunks.TryRemove(id, out _));

    public ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation) => DeleteAsync(id, cancellation);

    public bool Contains(ChunkId id) => _chunks.ContainsKey(id);

    public int? SizeOf(ChunkId id) => _chunks.TryGetValue(id, out var bytes) ? bytes.Length : null;

    public IAsyncEnumerable<ChunkId> ListAsync(PartitionId partition, CancellationToken cancellation) =>
        _chunks.Keys.Where(id => id.Partition == partition).Order().ToAsyncEnumerable();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
