using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

internal enum DowningDecision
{
    DownReachable,
    DownUnreachable,
    DownAll,
    DownIndirectlyConnected,
}

/// <summary>Decides which side of a partition goes on. Both sides decide alone and must come to opposite answers.</summary>
/// <remarks>Pure. The rules, and those for membership that was changing when the network broke, are Akka's split brain resolver's.</remarks>
internal abstract class DowningStrategy(string role)
{
    protected string Role => role;

    public static DowningStrategy Create(SplitBrainResolverSettings settings) => settings.DowningStrategy switch
    {
        SplitBrainResolverSettings.StaticQuorumName =>
            new StaticQuorum(settings.StaticQuorumSettings.Size, settings.StaticQuorumSettings.Role),
        SplitBrainResolverSettings.KeepOldestName =>
            new KeepOldest(settings.KeepOldestSettings.DownIfAlone, settings.KeepOldestSettings.Role),
        SplitBrainResolverSettings.DownAllName => new DownAll(),
        _ => new KeepMajority(settings.KeepMajorityRole),
    };

    public abstract DowningDecision Decide(DowningView view);

    public ImmutableHashSet<UniqueAddress> NodesToDown(DowningView view, DowningDecision decision) => decision switch
    {
        DowningDecision.DownUnreachable => view.Downable.Intersect(view.Unreachable),
        DowningDecision.DownReachable => view.Downable.Except(view.Unreachable),
        DowningDecision.DownIndirectlyConnected =>
            view.Downable.Intersect(view.IndirectlyConnected.Union(BeyondIndirectlyConnected(view))),
        _ => view.Downable,
    };

    /// <summary>When some nodes are indirectly connected and others cleanly cut off, the ordinary rule holds for the others.</summary>
    private ImmutableHashSet<UniqueAddress> BeyondIndirectlyConnected(DowningView view)
    {
        if (view.Unreachable.IsSubsetOf(view.IndirectlyConnected))
        {
            return [];
        }

        var clean = view.WithoutIndirectConnections();
        var decision = Decide(clean);

        // Indirectly connected even so: there is no side that could be trusted to go on.
        return NodesToDown(clean, decision == DowningDecision.DownIndirectlyConnected ? DowningDecision.DownAll : decision);
    }

    /// <summary>The decision, unless members that were joining or leaving could have turned it on the other side.</summary>
    protected static DowningDecision Cautiously(DowningDecision decision, Func<DowningDecision> otherwise) =>
        decision == DowningDecision.DownUnreachable && otherwise() != DowningDecision.DownUnreachable
            ? DowningDecision.DownAll
            : decision;

    protected static DowningDecision Keep(bool thisSide) =>
        thisSide ? DowningDecision.DownUnreachable : DowningDecision.DownReachable;
}

/// <summary>The side with more members goes on; of equal sides, the one with the lowest address.</summary>
internal sealed class KeepMajority(string role) : DowningStrategy(role)
{
    public override DowningDecision Decide(DowningView view)
    {
        if (!view.IndirectlyConnected.IsEmpty)
        {
            return DowningDecision.DownIndirectlyConnected;
        }

        var members = view.Counted(Role).ToList();
        return Cautiously(Compare(view, members, members), () => Compare(
            view, view.Counted(Role, possiblyExiting: false).ToList(), view.Counted(Role, possiblyUp: true).ToList()));
    }

    /// <summary>Compares as few as may be here with as many as may be there.</summary>
    private static DowningDecision Compare(DowningView view, List<Member> here, List<Member> there)
    {
        if (here.Count == 0)
        {
            return DowningDecision.DownAll;
        }

        var sizes = here.Count(member => !view.IsUnreachable(member)).CompareTo(there.Count(view.IsUnreachable));
        return Keep(thisSide: sizes > 0 || (sizes == 0 && !view.IsUnreachable(here[0])));
    }
}

/// <summary>The side with at least so many members goes on.</summary>
internal sealed class StaticQuorum(int size, string role) : DowningStrategy(role)
{
    public override DowningDecision Decide(DowningView view)
    {
        var members = view.Counted(Role).ToList();
        if (members.Count > (size * 2) - 1)
        {
            // Both sides could have a quorum.
            return DowningDecision.DownAll;
        }

        return view.IndirectlyConnected.IsEmpty
            ? Keep(members.Count(member => !view.IsUnreachable(member)) >= size)
            : DowningDecision.DownIndirectlyConnected;
    }
}

/// <summary>The side with the oldest member goes on, unless that member would then be alone.</summary>
internal sealed class KeepOldest(bool downIfAlone, string role) : DowningStrategy(role)
{
    public override DowningDecision Decide(DowningView view)
    {
        if (!view.IndirectlyConnected.IsEmpty)
        {
            return DowningDecision.DownIndirectlyConnected;
        }

        var members = view.Counted(Role).ToList();
        return Cautiously(Compare(view, members, members), () => Compare(
            view,
            view.Counted(Role, possiblyExiting: false).ToList(),
            view.Counted(Role, possiblyUp: downIfAlone, possiblyExiting: false).ToList()));
    }

    private DowningDecision Compare(DowningView view, List<Member> candidates, List<Member> counted)
    {
        if (candidates.Count == 0)
        {
            return DowningDecision.DownAll;
        }

        var oldestIsHere = !view.IsUnreachable(candidates.Min(Member.AgeOrdering)!);
        var there = counted.Count(view.IsUnreachable);
        var here = counted.Count - there;
        var (withOldest, withoutOldest) = oldestIsHere ? (here, there) : (there, here);
        var oldestIsAlone = downIfAlone && withOldest == 1 && withoutOldest >= 2;
        return Keep(thisSide: oldestIsHere != oldestIsAlone);
    }
}

/// <summary>Nobody goes on.</summary>
internal sealed class DownAll() : DowningStrategy("")
{
    public override DowningDecision Decide(DowningView view) => DowningDecision.DownAll;
}
