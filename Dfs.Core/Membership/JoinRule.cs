using Dfs.Core.Primitives;

namespace Dfs.Core.Membership;

/// <summary>Decides how a node that is in no cluster of actor systems gets into one, from what its peers answered.</summary>
/// <remarks>
/// Pure. Membership only decides who talks; who holds data stands in the layout. Rules of our own, because a seed
/// list alone lets the first seed form a second cluster after a partition has ended its actor system:
/// without a layout only the first listed seed may begin a cluster, and only when nobody who answers has a layout;
/// with a layout any reachable cluster is joined, else the lowest reachable replica id of the layout begins one,
/// and only when a majority of the layout is reachable. When a member gives its cluster up for another says <see cref="IslandWatch"/>.
/// </remarks>
public static class JoinRule
{
    /// <param name="self">This node.</param>
    /// <param name="isFirstSeed">The first listed seed is this node's own address.</param>
    /// <param name="answers">Peers that answered recently, without this node.</param>
    /// <param name="layout">What this node's directory knows of the layout; null before the first.</param>
    /// <param name="settled">Long enough has passed for every peer that is up to have answered.</param>
    public static JoinDecision Decide(
        PeerFact self, bool isFirstSeed, IReadOnlyCollection<PeerFact> answers, LayoutView? layout, bool settled)
    {
        if (self.InCluster)
        {
            return JoinDecision.Wait;
        }

        var ours = answers.Where(self.MayMeet).ToList();
        var begun = ours.Where(peer => peer.InCluster)
            .OrderByDescending(peer => peer.Cluster is not null)
            .ThenByDescending(peer => peer.MemberCount)
            .ThenBy(peer => peer.Address, StringComparer.Ordinal)
            .FirstOrDefault();
        if (begun is not null)
        {
            return JoinDecision.Join(begun.Address);
        }

        return settled && MayBegin(self, isFirstSeed, ours, layout) ? JoinDecision.Begin : JoinDecision.Wait;
    }

    private static bool MayBegin(PeerFact self, bool isFirstSeed, List<PeerFact> answers, LayoutView? layout)
    {
        if (layout is null)
        {
            return isFirstSeed && answers.TrueForAll(peer => peer.Cluster is null);
        }

        var reachable = answers.Select(peer => peer.Replica).Append(self.Replica)
            .Where(layout.Members.Contains).ToHashSet();
        return reachable.Contains(self.Replica) && reachable.Min() == self.Replica && layout.HasMajority(reachable);
    }
}

/// <summary>What a node says of itself to a peer.</summary>
/// <param name="Address">Of its actor system, as "akka.tcp://dfs@host:port".</param>
/// <param name="Cluster">Null until its directory belongs to one.</param>
/// <param name="MemberCount">Reachable members that its actor system counts, itself included; 0 when in none.</param>
/// <param name="Island">The lowest address among those members; empty when in none.</param>
public sealed record PeerFact(ReplicaId Replica, string Address, ClusterId? Cluster, int MemberCount, string Island)
{
    public bool InCluster => MemberCount > 0;

    /// <summary>Not of two clusters; who belongs to none may meet anyone.</summary>
    public bool MayMeet(PeerFact other) => Cluster is null || other.Cluster is null || Cluster == other.Cluster;
}

/// <summary>As much of a layout as joining asks about.</summary>
public sealed record LayoutView(IReadOnlySet<ReplicaId> Members, Func<IReadOnlySet<ReplicaId>, bool> HasMajority);

/// <summary>What to do next about membership.</summary>
public sealed record JoinDecision(JoinAction Action, string Address)
{
    public static readonly JoinDecision Wait = new(JoinAction.Wait, "");
    public static readonly JoinDecision Begin = new(JoinAction.Begin, "");

    public static JoinDecision Join(string address) => new(JoinAction.Join, address);
}

/// <summary>The kinds of <see cref="JoinDecision"/>.</summary>
public enum JoinAction
{
    /// <summary>Ask again soon.</summary>
    Wait,

    /// <summary>Begin a cluster of one, which others join.</summary>
    Begin,

    /// <summary>Join the member at the address.</summary>
    Join,
}
