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

    [Theory, Seeds(100)]
    internal void An_exchange_comes_to_rest(int seed)
    {
        var views = new GossipHistory(seed).Views;
        for (var a = 0; a < views.Count; a++)
        {
            for (var b = 0; b < views.Count; b++)
            {
                RequireRest(a, views[a], b, views[b]);
            }
        }
    }

    [Fact]
    public void An_exchange_comes_to_rest_when_one_has_forgotten_who_went_first()
    {
        // Node 3 had changed something itself, so that its going is in the clock.
        var both = GossipOf(Up(1), Up(2), Down(3)).ChangedBy(Node(3), seen: true).Remove(new HashSet<UniqueAddress> { Node(3) }, 1).ChangedBy(Node(1), seen: true);
        var local = Enumerable.Range(10, Gossip.TombstonesMax).Aggregate(
            both, (all, number) => all.Remove(new HashSet<UniqueAddress> { Node(number) }, 1)).ChangedBy(Node(1), seen: true).Trim();
        var remote = both.Add(Joining(4)).ChangedBy(Node(2), seen: true);

        var (mine, theirs) = RequireRest(1, local, 2, remote);

        Assert.DoesNotContain(Node(3), mine.Tombstones.Keys);
        Assert.Equal(mine.Tombstones, theirs.Tombstones);
        Assert.True(mine.Has(Node(4)));
    }

    /// <summary>One sends what it has, and both answer as the daemon does: after a few messages there is nothing left to say, and both have the same.</summary>
    private static (Gossip First, Gossip Second) RequireRest(int first, Gossip firstView, int second, Gossip secondView)
    {
        var (from, to) = (Node(first), Node(second));
        var (sent, local) = (firstView.Has(from) ? firstView.SeenBy(from) : firstView, secondView);
        for (var messages = 1; first != second; messages++)
        {
            var reception = GossipReception.Decide(new MembershipState(local, to), from, to, sent);
            if (reception.IsRefused)
            {
                return (sent, local);
            }

            var received = reception.Winner.SeenBy(to);
            if (!reception.AnswerSender)
            {
                Assert.Equal(ClockOrder.Same, received.Version.CompareTo(sent.Version));
                return messages % 2 == 1 ? (sent, received) : (received, sent);
            }

            Assert.True(messages < 6, $"they go on for ever: {sent}\n{local}");
            (local, sent) = (sent, received);
            (from, to) = (to, from);
        }

        return (firstView, secondView);
    }

    private static GossipReception Receive(Gossip remote) => GossipReception.Decide(Local.AsSeenBy(1), Node(2), Node(1), remote);
}
