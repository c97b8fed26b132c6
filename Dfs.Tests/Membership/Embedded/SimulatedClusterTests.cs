using Dfs.Tests.Kit;

namespace Dfs.Tests.Membership.Embedded;

public sealed class SimulatedClusterTests
{
    private const int WithinSeconds = 400;

    [Theory, Seeds(200)]
    internal void All_are_up_and_agree_within_minutes_after_the_last_fault(int seed)
    {
        var random = new Random(seed);
        var cluster = new SimulatedCluster(seed, nodes: random.Next(10) == 0 ? random.Next(8, 25) : random.Next(2, 7));
        Assert.True(cluster.SecondsUntilWhole(WithinSeconds) is not null, $"not even at first: {cluster}");

        for (var phase = 0; phase < 4; phase++)
        {
            var every = random.Next(1, 40);
            cluster.Disturb(seconds: 300, every);
            Assert.True(cluster.SecondsUntilWhole(WithinSeconds) is not null, $"phase {phase}, one fault in {every} s: {cluster}");
        }
    }
}
