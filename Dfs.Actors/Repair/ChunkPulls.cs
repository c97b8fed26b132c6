using Dfs.Actors.Transfer;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Finds out which chunks of a partition are missing here, and fetches them.</summary>
/// <remarks>Thread-safe. A chunk is checked by its id before it is stored.</remarks>
internal sealed class ChunkPulls(LayoutSyncOptions options)
{
    /// <summary>Three nodes after the replicas: where a writer found somebody to stand in for one.</summary>
    private const int StandInsMax = 3;

    private long _fetched;

    public long Fetched => Interlocked.Read(ref _fetched);

    /// <returns>
    /// True when every chunk that a majority of the partition's replicas (while joint: of its old ones) and all others
    /// that answered have is here now.
    /// </returns>
    public async Task<bool> CompleteAsync(Layout layout, PartitionId partition, CancellationToken cancellationToken)
    {
        var peers = Holders(layout, partition);
        var lists = await Task.WhenAll(peers.Select(peer => ListAsync(layout, peer, partition, cancellationToken))).ConfigureAwait(false);
        var answered = peers.Where((_, index) => lists[index] is not null).Append(options.Self).ToHashSet();
        var sources = layout.IsJoint ? layout.OldChunkReplicasOf(partition) : layout.NextChunkReplicasOf(partition);
        var missing = lists.SelectMany(list => list ?? []).Distinct().Where(chunk => !options.Chunks.Contains(chunk)).Order();
        return await FetchAllAsync(missing, cancellationToken).ConfigureAwait(false)
            && QuorumSet.MajorityOf(sources).IsMet(answered);
    }

    private async Task<bool> FetchAllAsync(IEnumerable<ChunkId> missing, CancellationToken cancellationToken)
    {
        var degree = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.ChunksPerPartitionMax,
            CancellationToken = cancellationToken,
        };
        var failed = 0;
        await Parallel.ForEachAsync(missing, degree, async (chunk, cancellation) =>
        {
            if (!await FetchAsync(chunk, cancellation).ConfigureAwait(false))
            {
                Interlocked.Increment(ref failed);
            }
        }).ConfigureAwait(false);
        return failed == 0;
    }

    private List<ReplicaId> Holders(Layout layout, PartitionId partition)
    {
        var replicas = layout.ChunkReplicasOf(partition);
        return
        [
            .. replicas.Concat(layout.ChunkOrderOf(partition).Where(node => !replicas.Contains(node)).Take(StandInsMax))
                .Where(node => node != options.Self && options.Directory.SeemsReachable(node)),
        ];
    }

    /// <returns>Null when the peer did not answer to the end under this layout's number.</returns>
    private async Task<List<ChunkId>?> ListAsync(
        Layout layout, ReplicaId from, PartitionId partition, CancellationToken cancellationToken)
    {
        var chunks = new List<ChunkId>();
        while (true)
        {
            ChunkId? after = chunks.Count > 0 ? chunks[^1] : null;
            var outcome = await options.CallPeerAsync(layout, from, (peer, call) =>
                options.Peers.ListAsync(peer, call, partition, after, cancellationToken)).ConfigureAwait(false);
            if (outcome is not PeerOutcome.Listed page)
            {
                return null;
            }

            chunks.AddRange(page.Ids);
            if (!page.HasMore || page.Ids.IsEmpty)
            {
                return chunks;
            }
        }
    }

    private async Task<bool> FetchAsync(ChunkId chunk, CancellationToken cancellationToken)
    {
        try
        {
            using var bytes = await options.Traffic.FetchAsync(chunk, cancellationToken).ConfigureAwait(false);
            // With the pin of the copy that it is made of: garbage does not become young by being repaired.
            var outcome = await options.Chunks.PutAsync(chunk, bytes.Memory, bytes.Leaves, bytes.Pin, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _fetched);
            return outcome.IsDurable;
        }
        catch (TransferException)
        {
            // Nobody who answers has it intact now. If its last copy is gone, nobody lists it the next time.
            return false;
        }
    }
}
