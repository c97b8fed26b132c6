namespace Engine.Tests.Embedded.Clustering;

public sealed class GossipClusterTests
{
    [Theory, Seeds(200)]
    internal void All_agree_and_are_up_soon_after_the_last_fault(int seed)
    {
        var cluster = new GossipCluster(seed, nodes: 2 + (seed % 5));
        Assert.True(cluster.ComesToRest(rounds: 60), $"not even at first: {cluster}");

        for (var phase = 0; phase < 4; phase++)
        {
            cluster.Disturb(steps: 500);
            Assert.True(cluster.ComesToRest(rounds: 60), $"phase {phase}: {cluster}");
        }

        Assert.NotEqual(0, cluster.Removals);
    }
}
