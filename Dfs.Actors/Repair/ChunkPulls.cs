using Dfs.Actors.Transfer;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Finds out which chunks of a partition are missing here, and fetches them.</summary>
/// <remarks>Thread-safe. A chunk is checked by its id before it is stored.</remarks>
internal sealed class ChunkPulls(LayoutSyncOptions options)
{
    private long _fetched;

    public long Fetched => Interlocked.Read(ref _fetched);

    /// <returns>
    /// True when every chunk that a majority of the partition's replicas (while joint: of its old ones) and all others
    /// that answered have is here now.
    /// </returns>
    public async Task<bool> CompleteAsync(Layout layout, PartitionId partition, CancellationToken cancellationToken)
    {
        var peers = options.HoldersOf(layout, partition);
        var lists = await Task.WhenAll(peers.Select(peer => options.ListChunksAsync(layout, peer, partition, cancellationToken))).ConfigureAwait(false);
        var answered = peers.Where((_, index) => lists[index] is not null).Append(options.Self).ToHashSet();
        var sources = layout.IsJoint ? layout.OldChunkReplicasOf(partition) : layout.NextChunkReplicasOf(partition);
        // Fewest copies first: they must be made faster than disks lose them (Carbonite: Chun et al., NSDI 2006).
        var missing = lists.SelectMany(list => list ?? []).CountBy(chunk => chunk).Where(copies => !options.Chunks.Contains(copies.Key))
            .OrderBy(copies => copies.Value).ThenBy(copies => copies.Key).Select(copies => copies.Key);
        return await FetchAllAsync(missing, cancellationToken).ConfigureAwait(false)
            && QuorumSet.MajorityOf(sources).IsMet(answered);
    }

    /// <summary>Fetches chunks that are not here, by turns with all other repair.</summary>
    /// <returns>False when one of them is on no node that answers, or this disk did not take it.</returns>
    public async Task<bool> FetchAllAsync(IEnumerable<ChunkId> missing, CancellationToken cancellationToken)
    {
        var degree = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.ChunksPerPartitionMax,
            CancellationToken = cancellationToken,
        };
        var failed = 0;
        await Parallel.ForEachAsync(missing, degree, async (chunk, cancellation) =>
        {
            if (!await options.Pacer.RunAsync(turn => FetchAsync(chunk, turn, cancellation), cancellation).ConfigureAwait(false))
            {
                Interlocked.Increment(ref failed);
            }

            await options.Background.WaitAsync(options.Chunks.SizeOf(chunk) ?? 0, cancellation).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return failed == 0;
    }

    private async Task<bool> FetchAsync(ChunkId chunk, RepairPacer.Turn turn, CancellationToken cancellationToken)
    {
        try
        {
            using var bytes = await options.Traffic.FetchAsync(chunk, cancellationToken, isRepair: true).ConfigureAwait(false);
            turn.Fetched();
            // With the pin of the copy that it is made of: garbage does not become young by being repaired.
            var outcome = await options.Chunks.PutAsync(chunk, bytes.Memory, bytes.Leaves, bytes.Pin, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _fetched);
            options.State.Moved(bytes.Memory.Length);
            return outcome.IsDurable;
        }
        catch (TransferException)
        {
            // Nobody who answers has it intact now. If its last copy is gone, nobody lists it the next time.
            return false;
        }
    }
}
