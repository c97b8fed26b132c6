using System.Collections.Immutable;
using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class LeaderActionsTests
{
    [Fact]
    public void Joining_and_weakly_up_members_go_up_and_get_rising_numbers()
    {
        var gossip = GossipOf(Up(1, upNumber: 7), Joining(2), Joining(3).Copy(MemberStatus.WeaklyUp));

        var plan = OnConvergence(gossip);

        Assert.Equal([(Node(2), 8), (Node(3), 9)], plan.Changed.Select(member => (member.UniqueAddress, member.UpNumber)));
        Assert.All(plan.Next.Members, member => Assert.Equal(MemberStatus.Up, member.Status));
    }

    [Fact]
    public void Nobody_goes_up_before_enough_have_joined()
    {
        var gossip = GossipOf(Joining(1, "store"), Joining(2));
        var storesWanted = NoMinimum with { PerRole = ImmutableDictionary<string, int>.Empty.Add("store", 2) };

        Assert.True(LeaderActions.OnConvergence(gossip.AsSeenBy(1), Nobody, NoMinimum with { Total = 3 }, 0).IsEmpty);
        Assert.True(LeaderActions.OnConvergence(gossip.AsSeenBy(1), Nobody, storesWanted, 0).IsEmpty);
        Assert.False(OnConvergence(gossip).IsEmpty);
    }

    [Fact]
    public void A_leaving_member_exits_and_is_removed_once_it_confirmed_or_is_unreachable()
    {
        Assert.Equal(MemberStatus.Exiting, OnConvergence(GossipOf(Up(1), Leaving(2))).Next.StatusOf(Node(2)));
        Assert.True(OnConvergence(GossipOf(Up(1), Exiting(2))).IsEmpty);
        Assert.Equal([Node(2)], Removed(OnConvergence(GossipOf(Up(1), Exiting(2)), Node(2))));
        Assert.Equal([Node(2)], Removed(OnConvergence(GossipOf(Up(1), Exiting(2)).Unreachable(1, 2))));
    }

    [Fact]
    public void A_downed_member_is_removed_when_it_is_unreachable_and_cannot_return()
    {
        var plan = OnConvergence(GossipOf(Up(1), Down(2)).SeenByAll().Unreachable(1, 2));

        Assert.Equal([Node(2)], Removed(plan));
        Assert.True(plan.Next.Tombstones.ContainsKey(Node(2)));
        Assert.DoesNotContain(Node(2), plan.Next.Seen);
        Assert.True(OnConvergence(GossipOf(Up(1), Down(2))).IsEmpty);
    }

    [Fact]
    public void The_leader_does_not_remove_itself() =>
        Assert.Empty(OnConvergence(GossipOf(Exiting(1), Joining(2)).Unreachable(2, 1)).Removed);

    [Fact]
    public void Without_convergence_the_reachable_joining_go_weakly_up()
    {
        var state = GossipOf(Up(1), Up(2), Joining(3), Joining(4)).Unreachable(1, 2, 4).AsSeenBy(1);

        var plan = LeaderActions.WithoutConvergence(state, NoMinimum);

        Assert.Equal([Node(3)], plan.Changed.Select(member => member.UniqueAddress));
        Assert.Equal(MemberStatus.WeaklyUp, plan.Next.StatusOf(Node(3)));
    }

    private static LeaderPlan OnConvergence(Gossip gossip, params UniqueAddress[] confirmed) =>
        LeaderActions.OnConvergence(gossip.AsSeenBy(1), [.. confirmed], NoMinimum, nowTicks: 1);

    private static IEnumerable<UniqueAddress> Removed(LeaderPlan plan) => plan.Removed.Select(member => member.UniqueAddress);
}
