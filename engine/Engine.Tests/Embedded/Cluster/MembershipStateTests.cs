using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class MembershipStateTests
{
    [Theory, Seeds(50)]
    internal void Nodes_that_agree_on_a_gossip_without_unreachable_members_agree_on_the_leader(int seed)
    {
        var history = new GossipHistory(seed).Views;
        var agreed = history.Aggregate((a, b) => a.Merge(b));
        agreed = agreed.With(Reachability.Empty);

        var leaders = agreed.Members
            .Where(member => member.Status != MemberStatus.Down)
            .Select(member => new MembershipState(agreed, member.UniqueAddress).Leader);

        Assert.True(leaders.Distinct().Count() <= 1);
    }

    [Fact]
    public void The_lowest_address_that_is_up_or_leaving_leads()
    {
        Assert.Equal(Node(2), GossipOf(Joining(1), Leaving(2), Up(3)).AsSeenBy(3).Leader);
        Assert.Equal(Node(3), GossipOf(Down(1), Exiting(2), Up(3)).AsSeenBy(3).Leader);
    }

    [Fact]
    public void When_nobody_is_up_a_weakly_up_comes_before_a_joining_and_that_before_an_exiting()
    {
        var weaklyUp = Joining(3).Copy(MemberStatus.WeaklyUp);

        Assert.Equal(Node(3), GossipOf(Exiting(1), Joining(2), weaklyUp).AsSeenBy(3).Leader);
        Assert.Equal(Node(2), GossipOf(Exiting(1), Joining(2)).AsSeenBy(2).Leader);
        Assert.Null(GossipOf(Down(1)).AsSeenBy(1).Leader);
    }

    [Fact]
    public void An_unreachable_member_does_not_lead_but_each_side_has_a_leader()
    {
        var gossip = GossipOf(Up(1), Up(2), Up(3)).Unreachable(2, 1).Unreachable(3, 1);

        Assert.Equal(Node(2), gossip.AsSeenBy(3).Leader);
        Assert.Equal(Node(1), gossip.AsSeenBy(1).Leader);
    }

    [Fact]
    public void All_that_are_up_or_leaving_must_have_seen_the_gossip()
    {
        var gossip = GossipOf(Up(1), Leaving(2), Joining(3)).SeenBy(Node(1));

        Assert.False(gossip.AsSeenBy(1).IsConverged(Nobody));
        Assert.True(gossip.SeenBy(Node(2)).AsSeenBy(1).IsConverged(Nobody));
        Assert.True(gossip.AsSeenBy(1).IsConverged([Node(2)]));
    }

    [Fact]
    public void An_unreachable_member_stops_convergence_unless_it_is_on_its_way_out()
    {
        Assert.False(GossipOf(Up(1), Up(2)).SeenByAll().Unreachable(1, 2).AsSeenBy(1).IsConverged(Nobody));
        Assert.True(GossipOf(Up(1), Down(2)).SeenByAll().Unreachable(1, 2).AsSeenBy(1).IsConverged(Nobody));
        Assert.True(GossipOf(Up(1), Exiting(2)).SeenByAll().Unreachable(1, 2).AsSeenBy(1).IsConverged(Nobody));
    }

    [Fact]
    public void What_a_downed_node_observes_does_not_count() =>
        Assert.True(GossipOf(Up(1), Up(2), Down(3)).SeenByAll().Unreachable(3, 1, 2).AsSeenBy(1).IsConverged(Nobody));

    [Fact]
    public void Gossip_goes_to_others_that_this_node_reaches()
    {
        var state = GossipOf(Up(1), Up(2), Up(3)).Unreachable(1, 2).Unreachable(2, 3).AsSeenBy(1);

        Assert.False(state.MayGossipTo(Node(1)));
        Assert.False(state.MayGossipTo(Node(2)));
        Assert.True(state.MayGossipTo(Node(3)));
    }
}
