using Dfs.Actors.Membership;

namespace Dfs.Tests.Membership;

/// <summary>The median of the clocks: a minority that stands wrong moves it by no more than the right ones differ.</summary>
public sealed class ClusterClockTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void One_wrong_clock_of_three_changes_nothing()
    {
        Assert.Equal(Now, ClusterClock.MedianOf([Now, Now, Now.AddYears(50)], nodes: 3));
        Assert.Equal(Now, ClusterClock.MedianOf([Now.AddYears(-50), Now, Now.AddSeconds(1)], nodes: 3));
        Assert.Equal(Now, ClusterClock.MedianOf([Now.AddYears(50), Now], nodes: 3));
    }

    [Fact]
    public void Fewer_than_a_majority_know_no_time()
    {
        Assert.Null(ClusterClock.MedianOf([Now], nodes: 2));
        Assert.Null(ClusterClock.MedianOf([Now, Now], nodes: 4));
        Assert.Null(ClusterClock.MedianOf([], nodes: 0));
        Assert.Equal(Now, ClusterClock.MedianOf([Now], nodes: 1));
    }
}
