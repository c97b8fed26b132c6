using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class ReachabilityTests
{
    private static readonly Reachability OneSeesTwoGone =
        Reachability.Empty.Observe(Node(1), Node(2), ReachabilityStatus.Unreachable);

    [Fact]
    public void A_node_is_reachable_again_when_the_last_observer_says_so()
    {
        var both = OneSeesTwoGone.Observe(Node(3), Node(2), ReachabilityStatus.Unreachable);

        var one = both.Observe(Node(1), Node(2), ReachabilityStatus.Reachable);

        Assert.False(one.IsReachable(Node(2)));
        Assert.True(one.Observe(Node(3), Node(2), ReachabilityStatus.Reachable).IsReachable(Node(2)));
    }

    [Fact]
    public void The_same_opinion_again_changes_nothing()
    {
        Assert.Same(OneSeesTwoGone, OneSeesTwoGone.Observe(Node(1), Node(2), ReachabilityStatus.Unreachable));
        Assert.Same(Reachability.Empty, Reachability.Empty.Observe(Node(1), Node(2), ReachabilityStatus.Reachable));
    }

    [Fact]
    public void Terminated_is_never_taken_back()
    {
        var gone = OneSeesTwoGone.Observe(Node(1), Node(2), ReachabilityStatus.Terminated);

        Assert.Same(gone, gone.Observe(Node(1), Node(2), ReachabilityStatus.Reachable));
        Assert.False(gone.IsReachable(Node(2)));
    }

    [Fact]
    public void The_observers_newer_row_wins_also_when_it_is_empty()
    {
        var newer = OneSeesTwoGone.Observe(Node(1), Node(2), ReachabilityStatus.Reachable);

        Assert.True(OneSeesTwoGone.Merge(newer, _ => true).IsReachable(Node(2)));
        Assert.True(newer.Merge(OneSeesTwoGone, _ => true).IsReachable(Node(2)));
    }

    [Fact]
    public void Removed_nodes_are_neither_observers_nor_subjects()
    {
        var both = OneSeesTwoGone.Observe(Node(2), Node(3), ReachabilityStatus.Unreachable);

        Assert.Empty(both.Remove(new HashSet<UniqueAddress> { Node(2) }).Observations);
        Assert.Single(both.WithoutObservers(node => node == Node(2)).Observations);
    }
}
