using Dfs.Core.Repair;

namespace Dfs.Tests.Repair;

public class RepairEndsTests
{
    [Fact]
    public void Copies_are_counted_once_when_the_last_has_ended_and_not_while_somebody_repairs()
    {
        var ends = default(RepairEnds).See(false);
        Assert.False(ends.IsCountDue);
        ends = ends.See(true);
        Assert.False(ends.IsCountDue);

        // A count that is under way may have looked before the end: it does not hold the next one up, nor does a tick.
        ends = ends.See(false).See(false);
        Assert.True(ends.IsCountDue);
        Assert.False(ends.See(true).IsCountDue);
        Assert.False(ends.CountBegins().See(false).IsCountDue);
    }
}
