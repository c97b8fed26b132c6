using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>Which chunks a store has, in memory: about 80 bytes a chunk.</summary>
internal sealed class ChunkIndex
{
    private readonly Dictionary<ChunkId, Entry>[] _partitions =
        [.. Enumerable.Range(0, PartitionId.Count).Select(_ => new Dictionary<ChunkId, Entry>())];

    private long _chunks;
    private long _bytes;
    private long _generations;

    public long Chunks => Interlocked.Read(ref _chunks);

    public long Bytes => Interlocked.Read(ref _bytes);

    public Entry? Find(ChunkId id)
    {
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            return partition.TryGetValue(id, out var entry) ? entry : null;
        }
    }

    /// <param name="proven">See <see cref="Entry"/>.</param>
    public void Set(ChunkId id, int sizeBytes, Epoch? proven)
    {
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            RemoveFrom(partition, id);
            partition[id] = new Entry(sizeBytes, Interlocked.Increment(ref _generations), proven);
            Interlocked.Increment(ref _chunks);
            Interlocked.Add(ref _bytes, sizeBytes);
        }
    }

    /// <summary>Notes a pin as durable. False when the file that it was written to is no longer the chunk's.</summary>
    public bool Prove(ChunkId id, long generation, Epoch pin)
    {
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            if (!partition.TryGetValue(id, out var entry) || entry.Generation != generation)
            {
                return false;
            }

            var highest = entry.Proven is { } known && known.CompareTo(pin) > 0 ? known : pin;
            partition[id] = entry with { Proven = highest };
            return true;
        }
    }

    public bool Remove(ChunkId id)
    {
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            return RemoveFrom(partition, id);
        }
    }

    public List<ChunkId> Of(PartitionId partitionId)
    {
        var partition = _partitions[partitionId.Index];
        List<ChunkId> ids;
        lock (partition)
        {
            ids = [.. partition.Keys];
        }

        ids.Sort();
        return ids;
    }

    private bool RemoveFrom(Dictionary<ChunkId, Entry> partition, ChunkId id)
    {
        var isRemoved = partition.Remove(id, out var old);
        if (isRemoved)
        {
            Interlocked.Decrement(ref _chunks);
            Interlocked.Add(ref _bytes, -old.SizeBytes);
        }

        return isRemoved;
    }

    /// <param name="Generation">Another one for each file that took this name.</param>
    /// <param name="Proven">
    /// The highest pin that this process knows to be durable, together with the chunk's name. Null for what was found when
    /// the store was opened: the process before may have ended between a write and its sync.
    /// </param>
    public readonly record struct Entry(int SizeBytes, long Generation, Epoch? Proven);
}
