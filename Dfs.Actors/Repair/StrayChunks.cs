using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>What one pass over the stray chunks came to.</summary>
/// <param name="Left">Still here, because some replica did not confirm its copy.</param>
/// <param name="HandedBack">Copies that were sent to replicas that did not have them.</param>
internal sealed record StrayPass(int Left, int Deleted, int HandedBack);

/// <summary>Hands chunks that do not belong here to their replicas, and deletes them when all replicas have them (C1).</summary>
/// <remarks>Holds the ids of a partition, a 1,024th of all, and one chunk at a time. Repeating anything is harmless.</remarks>
internal sealed class StrayChunks(LayoutSyncOptions options)
{
    /// <summary>512 ids: a page is confirmed with one question to each replica.</summary>
    private const int PageMax = 512;

    public async Task<StrayPass> RunAsync(Layout layout, CancellationToken cancellationToken)
    {
        var sum = new StrayPass(0, 0, 0);
        foreach (var partition in PartitionId.All.Where(partition => StrayRule.IsStray(layout, options.Self, partition)))
        {
            var ids = await options.Chunks.ListAsync(partition, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            foreach (var page in ids.Chunk(PageMax))
            {
                var pass = await SettleAsync(layout, partition, page, cancellationToken).ConfigureAwait(false);
                sum = new StrayPass(sum.Left + pass.Left, sum.Deleted + pass.Deleted, sum.HandedBack + pass.HandedBack);
            }
        }

        return sum;
    }

    private async Task<StrayPass> SettleAsync(
        Layout layout, PartitionId partition, ChunkId[] page, CancellationToken cancellationToken)
    {
        var confirmed = page.ToDictionary(id => id, _ => new HashSet<ReplicaId>());
        var handedBack = 0;
        foreach (var replica in layout.ChunkReplicasOf(partition))
        {
            if (!options.IsBelieved(replica))
            {
                // What stands in for it stays.
                return new StrayPass(page.Length, 0, handedBack);
            }

            var outcome = await options.CallPeerAsync(layout, replica, (peer, call) =>
                options.Peers.PinAsync(peer, call, page, options.Traffic.Epoch, cancellationToken)).ConfigureAwait(false);
            if (outcome is not PeerOutcome.Pinned { Missing: var missing })
            {
                return new StrayPass(page.Length, 0, handedBack);
            }

            foreach (var id in page)
            {
                var isMissing = missing.Contains(id);
                if (!isMissing || await options.Pacer.RunAsync(
                    _ => HandBackAsync(layout, replica, id, cancellationToken), cancellationToken).ConfigureAwait(false))
                {
                    confirmed[id].Add(replica);
                    handedBack += isMissing ? 1 : 0;
                }

                await options.Background.WaitAsync(isMissing ? options.Chunks.SizeOf(id) ?? 0 : 0, cancellationToken).ConfigureAwait(false);
            }
        }

        var deleted = 0;
        foreach (var id in page.Where(id => StrayRule.MayDelete(layout, options.Self, partition, confirmed[id])))
        {
            // "I have it" is a word; a leaf that proves itself is more.
            var proved = await Task.WhenAll(layout.ChunkReplicasOf(partition).Select(replica => options.IsProved(layout, replica, id, cancellationToken))).ConfigureAwait(false);
            deleted += proved.All(isProved => isProved) && await DeleteAsync(layout, id, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        return new StrayPass(page.Length - deleted, deleted, handedBack);
    }

    // "Stored" is as good as "have it": durable there, and checked against the id.
    private async Task<bool> HandBackAsync(Layout layout, ReplicaId replica, ChunkId id, CancellationToken cancellationToken)
    {
        using var lease = await options.Chunks.ReadAsync(id, cancellationToken).ConfigureAwait(false);
        if (lease is null || ChunkTree.IdOf(lease.Ciphertext.Span) != id)
        {
            return false;
        }

        var outcome = await options.CallPeerAsync(layout, replica, (peer, call) => options.Peers.PutAsync(
            peer, call, id, lease.Ciphertext, options.Traffic.Epoch, null, cancellationToken)).ConfigureAwait(false);
        if (outcome is PeerOutcome.Stored { WasThere: false })
        {
            options.State.Moved(lease.Ciphertext.Length);
        }

        return outcome is PeerOutcome.Stored;
    }

    private async Task<bool> DeleteAsync(Layout layout, ChunkId id, CancellationToken cancellationToken)
    {
        using var fence = await options.Fence.EnterAsync(cancellationToken).ConfigureAwait(false);
        return options.Store.Layout?.Number == layout.Number
            && await options.Chunks.DeleteAsync(id, CancellationToken.None).ConfigureAwait(false);
    }
}
