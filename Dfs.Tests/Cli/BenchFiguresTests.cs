using Dfs.Node.Cli;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Cli;

public sealed class BenchFiguresTests
{
    [Fact]
    public void Percentiles_are_values_that_were_measured()
    {
        var latencies = Enumerable.Range(1, 200).Reverse().Select(i => TimeSpan.FromMilliseconds(i));

        var figures = BenchFigures.Of("put", 1_000_000, 8, latencies, ["broken", "later"], TimeSpan.FromSeconds(4));

        Assert.Equal((100, 190, 198, 200), (figures.P50Ms, figures.P95Ms, figures.P99Ms, figures.MaxMs));
        Assert.Equal((200, 2, "broken"), (figures.Done, figures.Errors, figures.FirstError));
        Assert.Equal((50, 50), (figures.PerSecond, figures.MegabytesPerSecond));
    }

    // The definition itself: the smallest value that so many percent of all do not exceed.
    [Theory, Seeds(50)]
    public void The_nearest_rank_agrees_with_counting(int seed)
    {
        var random = new Random(seed);
        var sorted = Enumerable.Range(0, random.Next(1, 40)).Select(_ => TimeSpan.FromTicks(random.Next(20))).Order().ToList();
        var percent = random.Next(0, 101);

        var naive = sorted.First(value => sorted.Count(other => other <= value) * 100 >= percent * sorted.Count);

        Assert.Equal(naive, BenchFigures.Percentile(sorted, percent));
    }

    [Fact]
    public void Nothing_done_is_zero_everywhere()
    {
        var figures = BenchFigures.Of("get", 1024, 1, [], ["refused"], TimeSpan.FromSeconds(1));

        Assert.Equal((0, 0, 0), (figures.PerSecond, figures.P99Ms, figures.MaxMs));
    }
}
