using System.Collections.Immutable;
using Dfs.Core.Events;
using Dfs.Core.Membership;

namespace Dfs.Node.Hosting;

/// <summary>What events come of, from the node's parts; from memory.</summary>
internal static class NodeSight
{
    public static Sight Of(NodeParts parts)
    {
        var (view, layout) = (parts.Peers.View, parts.Catalog.Layout);
        var (repair, scrub, garbage) = (parts.Repair.Facts, parts.Scrub.Status, parts.Garbage.Status);
        var nodes = ImmutableSortedDictionary.CreateBuilder<string, SeenNode>(StringComparer.Ordinal);
        foreach (var member in layout?.Everyone ?? [])
        {
            nodes[member.Id.ToString()] = new SeenNode(member.Name, false, true, false, false);
        }

        foreach (var (id, peer) in view.Peers)
        {
            var isInLayout = layout?.Find(id) is not null;
            nodes[id.ToString()] = new SeenNode(
                peer.Card.Name, peer.Reachable, isInLayout, peer.Card.IsLeaving,
                peer.Card.IsLeaving && !isInLayout && peer.Reachable && peer.Card is { Chunks: 0, KeptRows: 0 })
            { ClockAhead = peer.ClockAhead };
        }

        return new Sight(parts.Settings.Name, layout?.Number.Value ?? 0, layout?.IsJoint ?? false, nodes.ToImmutable())
        {
            NotReadyBecause = NodeReadiness.NotReadyBecause(parts, view, layout),
            ReadOnlyBecause = parts.Chunks.State.ReadOnlyReason ?? "",
            IsRepairing = repair.Phase != RepairPhase.Idle,
            RepairedBytes = repair.MovedBytes,
            Damaged = repair.Damaged,
            Healed = repair.Healed,
            ScrubbedAt = scrub.LastEndedAt,
            ScrubbedChunks = scrub.Chunks,
            ScrubbedDamaged = scrub.Damaged,
            GarbageEpoch = garbage.LastEpoch,
            FreedChunks = garbage.FreedChunks,
            FreedBytes = garbage.FreedBytes,
        };
    }
}
