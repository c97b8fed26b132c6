using System.Collections.Concurrent;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Store;

/// <summary>Chunks that this directory should have whole and has not: found damaged, or missing when the store was opened.</summary>
/// <remarks>Thread-safe; outlives the actor system, so that what was found before there was one, or while it is built anew, is not forgotten.</remarks>
public sealed class DamagedChunks
{
    /// <summary>10,000 are remembered; what is beyond is found again at its next read, or by the comparison with other nodes.</summary>
    public const int RememberedMax = 10_000;

    // The value: it was tried, and nobody who answered had it intact.
    private readonly ConcurrentDictionary<ChunkId, bool> _chunks = new();
    private long _found, _healed;

    /// <summary>Since the node's start.</summary>
    public long Found => Interlocked.Read(ref _found);

    /// <summary>Since the node's start.</summary>
    public long Healed => Interlocked.Read(ref _healed);

    /// <summary>Yet to be pulled, or being pulled.</summary>
    public int Waiting => _chunks.Count(static chunk => !chunk.Value);

    /// <summary>Of which no node that answered had an intact copy when it was last asked for.</summary>
    public int Unhealed => _chunks.Count(static chunk => chunk.Value);

    public IReadOnlyCollection<ChunkId> All => [.. _chunks.Keys];

    /// <returns>False when it is known already, or too many are.</returns>
    public bool Add(ChunkId chunk)
    {
        if (_chunks.Count >= RememberedMax || !_chunks.TryAdd(chunk, false))
        {
            return false;
        }

        Interlocked.Increment(ref _found);
        return true;
    }

    public void Heal(ChunkId chunk)
    {
        if (_chunks.TryRemove(chunk, out _))
        {
            Interlocked.Increment(ref _healed);
        }
    }

    public void Fail(ChunkId chunk) => _chunks.TryUpdate(chunk, true, false);
}
