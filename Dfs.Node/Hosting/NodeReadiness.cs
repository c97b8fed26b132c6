using Dfs.Actors.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Node.Hosting;

/// <summary>Whether a node can serve, and if not, why.</summary>
internal static class NodeReadiness
{
    /// <returns>A sentence for the user; empty when the node can serve.</returns>
    public static string NotReadyBecause(NodeParts parts, PeerView view, Layout? layout) =>
        parts.Catalog.EndedBecause is { } ended ? $"the catalog of this directory has ended: {ended}"
        : !view.SelfIsMember ? "not yet a member of a cluster"
        : layout is null ? $"no layout yet: it forms when {parts.Settings.BootstrapExpect} nodes have met"
        : layout.Find(parts.Directory.Identity.Replica) is null ? OutsideBecause(parts)
        : !Tolerance.IsServed(layout, Here(view, layout)) ? "no quorum: too few nodes of the layout are reachable"
        : "";

    private static string OutsideBecause(NodeParts parts) =>
        !parts.Catalog.IsLeaving ? "this directory is not in the layout yet"
        : parts.Chunks.State.Chunks is > 0 and var left ? $"drained; {left} chunks are still being handed to the others"
        : "drained; everything it held is elsewhere, and it may be stopped";

    /// <summary>Members of the layout that answer.</summary>
    public static HashSet<ReplicaId> Here(PeerView view, Layout layout) =>
        [.. layout.Everyone.Select(member => member.Id).Where(id => view.Peers.TryGetValue(id, out var peer) && peer.Reachable)];
}
