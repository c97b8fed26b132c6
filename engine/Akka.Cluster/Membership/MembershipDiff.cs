using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster;

/// <summary>The events that lead from one state to another. Pure.</summary>
internal static class MembershipDiff
{
    /// <summary>Member events first, in the members' order, then reachability, then the leader.</summary>
    public static IEnumerable<IClusterDomainEvent> Events(MembershipState before, MembershipState after) =>
    [
        .. after.Members.Where(member => HasChanged(before.Gossip.Find(member.UniqueAddress), member)).Select(EventOf),
        .. before.Members.Except(after.Members).Select(member => new MemberRemoved(member.Copy(MemberStatus.Removed), member.Status)),
        .. after.Unreachable.Except(before.Unreachable).Select(member => new UnreachableMember(member)),
        .. before.Unreachable.Select(member => after.Gossip.Find(member.UniqueAddress)).OfType<Member>()
            .Except(after.Unreachable).Select(member => new ReachableMember(member)),
        .. before.Leader != after.Leader ? [new LeaderChanged(after.Leader?.Address)] : Array.Empty<IClusterDomainEvent>(),
    ];

    public static CurrentClusterState Snapshot(MembershipState state) =>
        new(state.Members, [.. state.Unreachable], state.Leader?.Address);

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
}
