using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class GossipReceptionTests
{
    private static readonly Gossip Local = GossipOf(Up(1), Up(2)).ChangedBy(Node(1), seen: true);

    [Fact]
    public void A_newer_gossip_wins_and_is_answered_when_this_node_has_not_seen_it()
    {
        var newer = Local.Add(Joining(3)).ChangedBy(Node(2), seen: true);

        Assert.Equal(new GossipReception(ReceivedGossip.Newer, newer, AnswerSender: true), Receive(newer));
    }

    [Fact]
    public void An_older_gossip_is_answered_with_the_local_one() =>
        Assert.Equal(new GossipReception(ReceivedGossip.Older, Local, AnswerSender: true), Receive(GossipOf(Up(1), Up(2))));

    [Fact]
    public void The_same_version_adds_who_has_seen_it()
    {
        var reception = Receive(Local.SeenBy(Node(2)));

        Assert.Equal((ReceivedGossip.Same, false), (reception.Kind, reception.AnswerSender));
        Assert.Equal([Node(1), Node(2)], reception.Winner.Seen);
    }

    [Fact]
    public void Two_changes_at_once_are_merged()
    {
        var theirs = GossipOf(Up(1), Up(2), Joining(4)).ChangedBy(Node(2), seen: true);

        var reception = Receive(theirs);

        Assert.Equal((ReceivedGossip.Merged, true), (reception.Kind, reception.AnswerSender));
        Assert.Equal(3, reception.Winner.Members.Count);
        Assert.Empty(reception.Winner.Seen);
    }

    [Fact]
    public void Gossip_is_refused_from_strangers_for_others_and_without_this_node()
    {
        var state = Local.AsSeenBy(1);

        Assert.Equal(ReceivedGossip.FromUnknownNode, GossipReception.Decide(state, Node(9), Node(1), Local).Kind);
        Assert.Equal(ReceivedGossip.NotForThisIncarnation, GossipReception.Decide(state, Node(2), Node(1, uid: 7), Local).Kind);
        Assert.Equal(ReceivedGossip.WithoutThisNode, GossipReception.Decide(state, Node(2), Node(1), GossipOf(Up(2))).Kind);
        Assert.Equal(
            ReceivedGossip.FromUnreachableNode,
            GossipReception.Decide(Local.Unreachable(1, 2).AsSeenBy(1), Node(2), Node(1), Local).Kind);
        Assert.True(GossipReception.Decide(state, Node(9), Node(1), Local).IsRefused);
    }

    private static GossipReception Receive(Gossip remote) => GossipReception.Decide(Local.AsSeenBy(1), Node(2), Node(1), remote);
}
