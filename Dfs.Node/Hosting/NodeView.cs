using System.Collections.Immutable;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Node.Hosting;

/// <summary>Makes the node's status of what its parts know.</summary>
internal sealed class NodeView(NodeParts parts, ILayoutClient layouts) : INodeView
{
    public bool IsReady => NotReadyBecause(parts.Peers.View, parts.Catalog.Layout).Length == 0;

    public ILayoutClient Layouts => layouts;

    public NodeStatus Status()
    {
        var view = parts.Peers.View;
        var layout = parts.Catalog.Layout;
        var reason = NotReadyBecause(view, layout);
        return new NodeStatus(
            parts.Settings.Name,
            parts.Directory.Identity.Replica.ToString(),
            reason.Length == 0,
            reason,
            layout?.Cluster.ToString() ?? "",
            layout?.Number.Value ?? 0,
            layout?.IsJoint ?? false,
            layout?.Factors.Data ?? 0,
            layout is null ? 0 : MayFail(layout, Here(view, layout)),
            Store(),
            [.. PeersOf(view, layout)]);
    }

    private string NotReadyBecause(PeerView view, Layout? layout) =>
        parts.Catalog.EndedBecause is { } ended ? $"the catalog of this directory has ended: {ended}"
        : !view.SelfIsMember ? "not yet a member of a cluster"
        : layout is null ? $"no layout yet: it forms when {parts.Settings.BootstrapExpect} nodes have met"
        : layout.Find(parts.Directory.Identity.Replica) is null ? OutsideBecause()
        : !HasQuorums(layout, Here(view, layout)) ? "no quorum: too few nodes of the layout are reachable"
        : "";

    private string OutsideBecause() =>
        !parts.Catalog.IsLeaving ? "this directory is not in the layout yet"
        : parts.Chunks.State.Chunks is > 0 and var left ? $"drained; {left} chunks are still being handed to the others"
        : "drained; everything it held is elsewhere, and it may be stopped";

    private static HashSet<ReplicaId> Here(PeerView view, Layout layout) =>
        [.. layout.Everyone.Select(member => member.Id).Where(id => view.Peers.TryGetValue(id, out var peer) && peer.Reachable)];

    private static bool HasQuorums(Layout layout, HashSet<ReplicaId> here) =>
        Partitions().All(partition => layout.QuorumOf(partition).IsMet(here));

    // How many of a partition's replicas that are here may go before it has no majority; the worst partition counts.
    private static int MayFail(Layout layout, HashSet<ReplicaId> here) => Partitions().Min(partition =>
        Spare(layout.NextReplicasOf(partition), here) is var next && layout.IsJoint
            ? Math.Min(next, Spare(layout.OldReplicasOf(partition), here))
            : next);

    private static int Spare(ImmutableArray<ReplicaId> replicas, HashSet<ReplicaId> here) =>
        Math.Max(0, replicas.Count(here.Contains) - QuorumSet.Majority(replicas.Length));

    private static IEnumerable<PartitionId> Partitions() =>
        Enumerable.Range(0, PartitionId.Count).Select(index => new PartitionId(index));

    private StoreStatus Store()
    {
        var state = parts.Chunks.State;
        var free = new DriveInfo(parts.Directory.Path).AvailableFreeSpace;
        return new StoreStatus(state.Chunks, state.Bytes, free, state.ReadOnlyReason ?? "");
    }

    private IEnumerable<PeerStatus> PeersOf(PeerView view, Layout? layout)
    {
        var self = parts.Directory.Identity.Replica;
        var met = view.Peers.Values.Select(peer => new PeerStatus(
            peer.Card.Name, peer.Card.Replica.ToString(), peer.Card.Address, peer.Card.PeerEndpoint, peer.State,
            layout?.Find(peer.Card.Replica) is not null, peer.Card.Replica == self, peer.Card.IsLeaving, peer.Card.Chunks));
        var unmet = (layout?.Everyone ?? []).Where(member => !view.Peers.ContainsKey(member.Id)).Select(member => new PeerStatus(
            member.Name, member.Id.ToString(), member.Address, member.PeerEndpoint, "absent", true, member.Id == self));
        return met.Concat(unmet).OrderBy(peer => peer.Name, StringComparer.Ordinal);
    }
}
