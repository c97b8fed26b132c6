using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class MembershipDiffTests
{
    private static readonly MembershipState Nothing = Gossip.Empty.AsSeenBy(1);

    [Fact]
    public void Members_come_first_then_reachability_then_the_leader()
    {
        var state = GossipOf(Up(1), Joining(2), Down(3)).Unreachable(1, 3).AsSeenBy(1);

        Assert.Equal(
            [typeof(MemberUp), typeof(MemberJoined), typeof(MemberDowned), typeof(UnreachableMember), typeof(LeaderChanged)],
            MembershipDiff.Events(Nothing, state).Select(change => change.GetType()));
        Assert.Empty(MembershipDiff.Events(state, state));
    }

    [Fact]
    public void A_removed_member_tells_what_it_was_before()
    {
        var before = GossipOf(Up(1), Exiting(2)).AsSeenBy(1);
        var after = before.Gossip.Remove(new HashSet<UniqueAddress> { Node(2) }, 1).AsSeenBy(1);

        var removed = Assert.IsType<MemberRemoved>(MembershipDiff.Events(before, after).Single());

        Assert.Equal((MemberStatus.Removed, MemberStatus.Exiting), (removed.Member.Status, removed.PreviousStatus));
    }

    [Fact]
    public void A_member_that_answers_again_is_reachable_and_one_that_was_removed_is_not()
    {
        var away = GossipOf(Up(1), Up(2)).Unreachable(1, 2).AsSeenBy(1);

        Assert.IsType<ReachableMember>(Assert.Single(MembershipDiff.Events(away, GossipOf(Up(1), Up(2)).AsSeenBy(1))));
        Assert.IsType<MemberRemoved>(Assert.Single(MembershipDiff.Events(away, GossipOf(Up(1)).AsSeenBy(1))));
    }

    // Property: whatever one state changes to, a subscriber that follows the events knows the members and their statuses.
    [Theory, Seeds(100)]
    internal void Following_the_events_gives_the_members(int seed)
    {
        var views = new GossipHistory(seed).Views;
        var state = Nothing;
        var followed = new Dictionary<UniqueAddress, MemberStatus>();
        foreach (var next in views.Select(view => new MembershipState(view, Node(0))))
        {
            foreach (var change in MembershipDiff.Events(state, next).OfType<IMemberEvent>())
            {
                followed[change.Member.UniqueAddress] = change.Member.Status;
            }

            state = next;
            Assert.All(state.Members, member => Assert.Equal(member.Status, followed[member.UniqueAddress]));
            Assert.Equal(state.Members.Count, followed.Values.Count(status => status != MemberStatus.Removed));
        }
    }
}
