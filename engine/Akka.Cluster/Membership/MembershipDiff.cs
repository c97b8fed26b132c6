using System.Collections.Immutable;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster;

/// <summary>The events that lead from one state to another. Pure.</summary>
internal static class MembershipDiff
{
    /// <summary>Member events first, in the members' order, then reachability, then leaders.</summary>
    public static IEnumerable<IClusterDomainEvent> Events(MembershipState before, MembershipState after) =>
    [
        .. after.Members.Where(member => HasChanged(before.Gossip.Find(member.UniqueAddress), member)).Select(EventOf),
        .. before.Members.Except(after.Members).Select(member => new MemberRemoved(member.Copy(MemberStatus.Removed), member.Status)),
        .. after.Unreachable.Except(before.Unreachable).Select(member => new UnreachableMember(member)),
        .. before.Unreachable.Select(member => after.Gossip.Find(member.UniqueAddress)).OfType<Member>()
            .Except(after.Unreachable).Select(member => new ReachableMember(member)),
        .. Leaders(before, after),
    ];

    public static CurrentClusterState Snapshot(MembershipState state) => new(
        state.Members,
        [.. state.Unreachable],
        [.. state.Gossip.Seen.Select(node => node.Address)],
        state.Leader?.Address,
        state.Gossip.AllRoles.ToImmutableDictionary(role => role, role => state.RoleLeader(role)?.Address));

    private static bool HasChanged(Member? before, Member after) =>
        before is null || before.Status != after.Status || before.UpNumber != after.UpNumber;

    private static IClusterDomainEvent EventOf(Member member) => member.Status switch
    {
        MemberStatus.Joining => new MemberJoined(member),
        MemberStatus.WeaklyUp => new MemberWeaklyUp(member),
        MemberStatus.Up => new MemberUp(member),
        MemberStatus.Leaving => new MemberLeft(member),
        MemberStatus.Exiting => new MemberExited(member),
        _ => new MemberDowned(member),
    };

    private static IEnumerable<IClusterDomainEvent> Leaders(MembershipState before, MembershipState after)
    {
        if (before.Leader != after.Leader)
        {
            yield return new LeaderChanged(after.Leader?.Address);
        }

        foreach (var role in before.Gossip.AllRoles.Union(after.Gossip.AllRoles))
        {
            var leader = after.RoleLeader(role);
            if (before.RoleLeader(role) != leader)
            {
                yield return new RoleLeaderChanged(role, leader?.Address);
            }
        }
    }
}
