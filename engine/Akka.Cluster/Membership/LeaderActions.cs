using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>How many must have joined before the leader moves anyone to Up.</summary>
internal sealed record MinimumMembers(int Total, ImmutableDictionary<string, int> PerRole)
{
    public bool IsMetBy(IReadOnlyCollection<Member> members) => members.Count >= Total
        && PerRole.All(role => members.Count(member => member.HasRole(role.Key)) >= role.Value);
}

/// <summary>What the leader changes: members that moved on, members that are gone, and the gossip that says so.</summary>
internal sealed record LeaderPlan(Gossip Next, ImmutableSortedSet<Member> Changed, ImmutableSortedSet<Member> Removed)
{
    public bool IsEmpty => Changed.IsEmpty && Removed.IsEmpty;
}

/// <summary>The leader's duties, as data to carry out. Pure.</summary>
internal static class LeaderActions
{
    /// <summary>With convergence: Joining and WeaklyUp to Up, Leaving to Exiting, and removes who is down or done.</summary>
    public static LeaderPlan OnConvergence(
        MembershipState state, ImmutableHashSet<UniqueAddress> exitingConfirmed, MinimumMembers minimum, long nowTicks)
    {
        var gossip = state.Gossip;
        var unreachable = gossip.Reachability.AllUnreachable;
        var removed = gossip.Members
            .Where(member => (member.Status.IsGoing() && unreachable.Contains(member.UniqueAddress))
                || (member.Status == MemberStatus.Exiting && exitingConfirmed.Contains(member.UniqueAddress)))
            .ToImmutableSortedSet();
        var changed = Promotions(gossip, minimum).ToImmutableSortedSet();

        // The leader removes others only: itself it cannot see go.
        removed = removed.Remove(Member.Removed(state.Self));
        var next = gossip.Replace(changed)
            .Remove(removed.Select(member => member.UniqueAddress).ToImmutableHashSet(), nowTicks)
            .Trim();
        return new LeaderPlan(next, changed, removed);
    }

    /// <summary>Without convergence: lets joining nodes that all can reach begin to work.</summary>
    public static LeaderPlan WithoutConvergence(MembershipState state, MinimumMembers minimum)
    {
        var enough = minimum.IsMetBy(state.Members);
        var changed = state.Members
            .Where(member => enough && member.Status == MemberStatus.Joining
                && state.ReachabilityByLiving.IsReachable(member.UniqueAddress))
            .Select(member => member.Copy(MemberStatus.WeaklyUp))
            .ToImmutableSortedSet();
        return new LeaderPlan(state.Gossip.Replace(changed), changed, []);
    }

    private static IEnumerable<Member> Promotions(Gossip gossip, MinimumMembers minimum)
    {
        var enough = minimum.IsMetBy(gossip.Members);
        var upNumber = gossip.YoungestUpNumber;
        foreach (var member in gossip.Members)
        {
            if (member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp && enough)
            {
                yield return member.CopyUp(++upNumber);
            }
            else if (member.Status == MemberStatus.Leaving)
            {
                yield return member.Copy(MemberStatus.Exiting);
            }
        }
    }
}
