using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>The gossip as one node sees it: who leads, and whether all agree.</summary>
/// <remarks>Pure. Leadership needs no election: it follows from the gossip, so nodes that agree on it agree on the leader.</remarks>
internal sealed class MembershipState(Gossip gossip, UniqueAddress self)
{
    // A class, not a record: 'with' would carry this cache over to another gossip.
    private Reachability? _byLiving;

    public Gossip Gossip { get; } = gossip;

    public UniqueAddress Self { get; } = self;

    public ImmutableSortedSet<Member> Members => Gossip.Members;

    public MemberStatus SelfStatus => Gossip.StatusOf(Self);

    public UniqueAddress? Leader => LeaderOf(Members);

    public bool IsLeader => Leader == Self;

    /// <summary>What nodes that are not down observe.</summary>
    public Reachability ReachabilityByLiving => _byLiving ??=
        Gossip.Reachability.WithoutObservers(observer => Gossip.StatusOf(observer) == MemberStatus.Down);

    /// <summary>The unreachable members but this node, which can always reach itself.</summary>
    public IEnumerable<Member> Unreachable =>
        Gossip.Reachability.AllUnreachable.Where(node => node != Self).Select(Gossip.Find).OfType<Member>();

    /// <summary>The first reachable member by address that is Up or Leaving; when there is none, the first of the others.</summary>
    public UniqueAddress? LeaderOf(IEnumerable<Member> members) => members
        .Where(member => member.Status != MemberStatus.Down && IsReachableOrSelf(member.UniqueAddress))
        .OrderBy(Member.LeadingOrder)
        .ThenBy(member => member)
        .FirstOrDefault()?.UniqueAddress;

    /// <summary>All members that are Up or Leaving have seen this version, and whoever is unreachable is on its way out.</summary>
    /// <param name="exitingConfirmed">Nodes that said that they are done; they need not see anything any more.</param>
    public bool IsConverged(ImmutableHashSet<UniqueAddress> exitingConfirmed)
    {
        var noneHinders = ReachabilityByLiving.AllUnreachable
            .Where(node => node != Self && !exitingConfirmed.Contains(node))
            .All(node => Gossip.StatusOf(node).IsGoing());
        return noneHinders && Members
            .Where(member => member.Status.IsFull() && !exitingConfirmed.Contains(member.UniqueAddress))
            .All(member => Gossip.Seen.Contains(member.UniqueAddress));
    }

    /// <summary>Never to itself nor to a node that its own heartbeats do not reach; what others observe does not matter.</summary>
    public bool MayGossipTo(UniqueAddress node) =>
        node != Self && Gossip.Reachability.Status(Self, node) == ReachabilityStatus.Reachable;

    private bool IsReachableOrSelf(UniqueAddress node) => node == Self || Gossip.Reachability.IsReachable(node);
}
