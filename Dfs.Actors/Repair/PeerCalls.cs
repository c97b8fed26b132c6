using Dfs.Actors.Transfer;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Addresses a peer's endpoint under a layout; the peer answers only when it works under the same number.</summary>
internal static class PeerCalls
{
    /// <summary>Three nodes after the replicas: where a writer found somebody to stand in for one.</summary>
    private const int StandInsMax = 3;

    public static async Task<PeerOutcome> CallPeerAsync(
        this LayoutSyncOptions options, Layout layout, ReplicaId peer, Func<Uri, PeerCall, Task<PeerOutcome>> call) =>
        options.Directory.EndpointOf(peer, layout) is { } endpoint
            ? await call(new Uri(endpoint), new PeerCall(layout.Cluster, options.Self, peer, layout.Number, options.Traffic.Epoch))
                .ConfigureAwait(false)
            : new PeerOutcome.Unreachable("Its address is not known.");

    /// <summary>Who may hold chunks of a partition, this node and those that the cluster finds unreachable left out.</summary>
    public static IReadOnlyList<ReplicaId> HoldersOf(this LayoutSyncOptions options, Layout layout, PartitionId partition)
    {
        var replicas = layout.ChunkReplicasOf(partition);
        return
        [
            .. replicas.Concat(layout.ChunkOrderOf(partition).Where(node => !replicas.Contains(node)).Take(StandInsMax))
                .Where(node => node != options.Self && options.Directory.SeemsReachable(node)),
        ];
    }

    /// <returns>Null when the peer did not answer to the end under this layout's number.</returns>
    public static async Task<List<ChunkId>?> ListChunksAsync(
        this LayoutSyncOptions options, Layout layout, ReplicaId from, PartitionId partition, CancellationToken cancellationToken)
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
}
