using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class VectorClockTests
{
    [Fact]
    public void An_increment_comes_after_and_two_apart_are_concurrent()
    {
        var start = VectorClock.Empty.Increment(Node(1));
        var (left, right) = (start.Increment(Node(1)), start.Increment(Node(2)));

        Assert.Equal(ClockOrder.Same, start.CompareTo(VectorClock.Empty.Increment(Node(1))));
        Assert.Equal(ClockOrder.After, left.CompareTo(start));
        Assert.Equal(ClockOrder.Before, start.CompareTo(right));
        Assert.Equal(ClockOrder.Concurrent, left.CompareTo(right));
    }

    [Theory, Seeds(100)]
    internal void A_merge_is_the_least_clock_after_both(int seed)
    {
        var random = new Random(seed);
        var (a, b) = (RandomClock(random), RandomClock(random));

        var merged = a.Merge(b);

        Assert.Equal(ClockOrder.Same, merged.CompareTo(b.Merge(a)));
        Assert.Contains(merged.CompareTo(a), new[] { ClockOrder.Same, ClockOrder.After });
        Assert.Contains(merged.CompareTo(b), new[] { ClockOrder.Same, ClockOrder.After });
        Assert.All(merged.Versions, entry => Assert.Equal(
            Math.Max(a.Versions.GetValueOrDefault(entry.Key), b.Versions.GetValueOrDefault(entry.Key)), entry.Value));
    }

    [Fact]
    public void A_pruned_node_counts_as_zero()
    {
        var clock = VectorClock.Empty.Increment(Node(1)).Increment(Node(2));

        Assert.Equal(ClockOrder.Before, clock.Prune([Node(2)]).CompareTo(clock));
    }

    private static VectorClock RandomClock(Random random) => Enumerable.Range(0, random.Next(12))
        .Aggregate(VectorClock.Empty, (clock, _) => clock.Increment(Node(random.Next(4))));
}
