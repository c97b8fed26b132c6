using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class HeartbeatRingTests
{
    [Theory, Seeds(50)]
    internal void Every_node_is_watched_by_as_many_as_are_asked_for(int seed)
    {
        var random = new Random(seed);
        var nodes = Enumerable.Range(0, random.Next(1, 20)).Select(number => Node(number)).ToList();
        var monitoredBy = random.Next(1, 6);
        var ring = new HeartbeatRing(nodes[0], nodes, [], monitoredBy);

        var watchers = nodes.ToDictionary(node => node, node => nodes.Count(sender => ring.ReceiversOf(sender).Contains(node)));

        Assert.All(watchers.Values, count => Assert.Equal(Math.Min(monitoredBy, nodes.Count - 1), count));
        Assert.All(nodes, node => Assert.DoesNotContain(node, ring.ReceiversOf(node)));
    }

    [Fact]
    public void Unreachable_nodes_are_watched_too_and_not_counted()
    {
        var nodes = Enumerable.Range(0, 10).Select(number => Node(number)).ToList();
        var near = new HeartbeatRing(nodes[0], nodes, [], 2).Receivers();

        var receivers = new HeartbeatRing(nodes[0], nodes, [near.First()], 2).Receivers();

        Assert.Superset(near.ToHashSet(), receivers.ToHashSet());
        Assert.Equal(2, receivers.Except([near.First()]).Count);
    }
}
