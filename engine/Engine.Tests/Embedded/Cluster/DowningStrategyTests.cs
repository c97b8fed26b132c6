using Akka.Cluster;
using Akka.Cluster.SBR;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class DowningStrategyTests
{
    private static readonly DowningStrategy Majority = new KeepMajority("");

    // Property: whatever way a cluster breaks in two, at most one side goes on, and both agree on which.
    [Theory, Seeds(200)]
    internal void Two_sides_never_both_go_on(int seed)
    {
        var random = new Random(seed);
        var size = random.Next(2, 9);
        var gossip = GossipOf([.. Enumerable.Range(1, size).Select(number => Up(number, upNumber: random.Next(1, 99)))]);
        var shuffled = Enumerable.Range(1, size).OrderBy(_ => random.Next());
        var left = shuffled.Take(random.Next(1, size)).ToHashSet();
        var right = Enumerable.Range(1, size).Except(left).ToHashSet();
        DowningStrategy[] strategies = [Majority, new StaticQuorum((size / 2) + 1, ""), new KeepOldest(random.Next(2) == 0, "")];

        foreach (var strategy in strategies)
        {
            var leftKept = Kept(strategy, Partition(gossip, left, right));
            var rightKept = Kept(strategy, Partition(gossip, right, left));

            Assert.True(leftKept.Count == 0 || rightKept.Count == 0);
            Assert.Contains(leftKept.Count, new[] { 0, left.Count });
            Assert.Contains(rightKept.Count, new[] { 0, right.Count });
            Assert.True(strategy is not KeepMajority || leftKept.Count + rightKept.Count >= size / 2);
        }
    }

    [Fact]
    public void The_majority_goes_on_and_the_minority_downs_itself()
    {
        var gossip = GossipOf(Up(1), Up(2), Up(3));

        Assert.Equal([2, 3], Kept(Majority, Partition(gossip, [2, 3], [1])));
        Assert.Empty(Kept(Majority, Partition(gossip, [1], [2, 3])));
    }

    [Fact]
    public void Of_equal_sides_the_one_with_the_lowest_address_goes_on()
    {
        var gossip = GossipOf(Up(1), Up(2), Up(3), Up(4));

        Assert.Equal([1, 4], Kept(Majority, Partition(gossip, [1, 4], [2, 3])));
        Assert.Empty(Kept(Majority, Partition(gossip, [2, 3], [1, 4])));
    }

    [Fact]
    public void A_member_that_may_have_come_up_on_the_other_side_makes_all_go_down() =>
        Assert.Empty(Kept(Majority, Partition(GossipOf(Up(1), Up(2), Up(3), Joining(4), Joining(5)), [1, 2], [3, 4, 5])));

    [Fact]
    public void Only_members_with_the_role_count()
    {
        var gossip = GossipOf(Up(1, 1, "store"), Up(2), Up(3), Up(4, 4, "store"), Up(5, 5, "store"));

        Assert.Equal([4, 5], Kept(new KeepMajority("store"), Partition(gossip, [4, 5], [1, 2, 3])));
        Assert.Empty(Kept(new KeepMajority("other"), Partition(gossip, [4, 5], [1, 2, 3])));
    }

    [Fact]
    public void A_quorum_that_both_sides_could_have_downs_all() =>
        Assert.Empty(Kept(new StaticQuorum(2, ""), Partition(GossipOf(Up(1), Up(2), Up(3), Up(4)), [1, 2, 3], [4])));

    [Fact]
    public void The_oldest_goes_down_when_it_would_be_alone()
    {
        var gossip = GossipOf(Up(1, upNumber: 3), Up(2, upNumber: 1), Up(3, upNumber: 2));

        Assert.Empty(Kept(new KeepOldest(true, ""), Partition(gossip, [2], [1, 3])));
        Assert.Equal([1, 3], Kept(new KeepOldest(true, ""), Partition(gossip, [1, 3], [2])));
        Assert.Equal([2], Kept(new KeepOldest(false, ""), Partition(gossip, [2], [1, 3])));
    }

    [Fact]
    public void Both_ends_of_one_broken_link_go_down_and_the_rest_stays()
    {
        var gossip = GossipOf(Up(1), Up(2), Up(3), Up(4)).Unreachable(1, 2).Unreachable(2, 1).SeenByAll();

        Assert.Equal([3, 4], Kept(Majority, DowningView.Of(gossip.AsSeenBy(3))));
    }

    [Fact]
    public void A_broken_link_beside_a_crash_downs_both_kinds()
    {
        var gossip = GossipOf(Up(1), Up(2), Up(3), Up(4), Up(5), Up(6), Up(7));
        foreach (var observer in Enumerable.Range(3, 4))
        {
            gossip = gossip.Unreachable(observer, 7);
        }

        gossip = gossip.Unreachable(1, 2, 7).Unreachable(2, 1, 7);
        gossip = Enumerable.Range(1, 6).Aggregate(gossip, (seen, node) => seen.SeenBy(Node(node)));

        Assert.Equal([3, 4, 5, 6], Kept(Majority, DowningView.Of(gossip.AsSeenBy(3))));
    }

    [Fact]
    public void Down_all_keeps_nobody() => Assert.Empty(Kept(new DownAll(), Partition(GossipOf(Up(1), Up(2)), [1], [2])));

    /// <summary>The view of the first side: each of its nodes observes that each of the other side is gone.</summary>
    private static DowningView Partition(Gossip gossip, HashSet<int> here, HashSet<int> there)
    {
        foreach (var observer in here)
        {
            gossip = gossip.Unreachable(observer, [.. there]);
        }

        gossip = here.Aggregate(gossip, (seen, node) => seen.SeenBy(Node(node)));
        return DowningView.Of(gossip.AsSeenBy(here.First()));
    }

    /// <summary>Who goes on, on the side that decides.</summary>
    private static SortedSet<int> Kept(DowningStrategy strategy, DowningView view)
    {
        var down = strategy.NodesToDown(view, strategy.Decide(view));
        return [.. view.AllMembers
            .Where(member => !view.IsUnreachable(member))
            .Select(member => member.UniqueAddress)
            .Except(down)
            .Select(node => node.Address.Port!.Value - 1000)];
    }
}
