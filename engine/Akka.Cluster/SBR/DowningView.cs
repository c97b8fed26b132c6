using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

/// <summary>What a downing decision is taken from. Pure.</summary>
internal sealed record DowningView
{
    public required ImmutableSortedSet<Member> AllMembers { get; init; }

    /// <summary>Also those that are down already, so that they count for the other side.</summary>
    public required ImmutableHashSet<UniqueAddress> Unreachable { get; init; }

    /// <summary>But those of nodes that are down: what they saw last would make the others look indirectly connected.</summary>
    public required ImmutableArray<Observation> Observations { get; init; }

    public required ImmutableSortedSet<UniqueAddress> SeenBy { get; init; }

    public static DowningView Of(MembershipState state) => new()
    {
        AllMembers = state.Members,
        Unreachable = [.. state.Members
            .Where(member => member.UniqueAddress != state.Self
                && (member.Status == MemberStatus.Down || !state.Gossip.Reachability.IsReachable(member.UniqueAddress)))
            .Select(member => member.UniqueAddress)],
        Observations = [.. state.ReachabilityByLiving.Observations],
        SeenBy = state.Gossip.Seen,
    };

    /// <summary>Who can be downed: everyone who is not on the way out.</summary>
    public ImmutableHashSet<UniqueAddress> Downable =>
        [.. AllMembers.Where(member => !member.Status.IsGoing()).Select(member => member.UniqueAddress)];

    public bool IsAllUnreachableGoing =>
        AllMembers.Where(IsUnreachable).All(member => member.Status.IsGoing());

    /// <summary>
    /// Nodes with which only some links are cut: whoever is both observer and observed, and both ends of an observation
    /// whose subject has seen the gossip that carries it.
    /// </summary>
    public ImmutableHashSet<UniqueAddress> IndirectlyConnected => Cycle.Union(StillGossiping);

    private ImmutableHashSet<UniqueAddress> Cycle =>
        Observations.Select(o => o.Observer).ToImmutableHashSet().Intersect(Observations.Select(o => o.Subject));

    private ImmutableHashSet<UniqueAddress> StillGossiping =>
        [.. Observations.Where(o => SeenBy.Contains(o.Subject)).SelectMany(o => new[] { o.Observer, o.Subject })];

    public bool IsUnreachable(Member member) => Unreachable.Contains(member.UniqueAddress);

    /// <summary>Members with the role that count in a decision.</summary>
    /// <param name="role">Empty for all.</param>
    /// <param name="possiblyUp">Counts Joining and WeaklyUp, whom the other side may have moved to Up.</param>
    /// <param name="possiblyExiting">Counts Leaving, whom the other side may have moved to Exiting.</param>
    public IEnumerable<Member> Counted(string role, bool possiblyUp = false, bool possiblyExiting = true) => AllMembers
        .Where(member => role.Length == 0 || member.HasRole(role))
        .Where(member => member.Status switch
        {
            MemberStatus.Up => true,
            MemberStatus.Joining or MemberStatus.WeaklyUp => possiblyUp,
            MemberStatus.Leaving => possiblyExiting,
            _ => false,
        });

    /// <summary>The view without what indirectly connected nodes say of each other: what is left is a clean partition.</summary>
    public DowningView WithoutIndirectConnections()
    {
        var (cycle, gossiping, islands, downable) = (Cycle, StillGossiping, Islands, Downable);
        var kept = Observations
            .Where(o => downable.Contains(o.Observer) && downable.Contains(o.Subject))
            .Where(o => !islands.Contains(o.Observer))
            .Where(o => !(cycle.Contains(o.Observer) && cycle.Contains(o.Subject)))
            .Where(o => !(gossiping.Contains(o.Observer) && gossiping.Contains(o.Subject)))
            .ToImmutableArray();
        return this with { Observations = kept, Unreachable = [.. kept.Select(o => o.Subject)] };
    }

    /// <summary>Observers whom every reachable node calls unreachable: cut off rather than indirectly connected.</summary>
    private ImmutableHashSet<UniqueAddress> Islands
    {
        get
        {
            var reachable = AllMembers.Count(member => !IsUnreachable(member));
            return [.. Observations
                .Select(o => o.Observer)
                .Where(Unreachable.Contains)
                .Distinct()
                .Where(node => Observations.Count(o => o.Subject == node && !Unreachable.Contains(o.Observer)) == reachable)];
        }
    }
}
