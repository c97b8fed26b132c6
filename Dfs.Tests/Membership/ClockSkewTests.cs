using Dfs.Core.Membership;

namespace Dfs.Tests.Membership;

public sealed class ClockSkewTests
{
    [Theory]
    [InlineData("0 0 0", "0 0 0")]
    [InlineData("0 0 3600", "0 0 3600")]
    [InlineData("0 3600 3600", "-3600 0 0")] // the one that asks is wrong
    [InlineData("0 -5 7 -3600 1", "0 -5 7 -3600 1")]
    [InlineData("0 60", "0 60")]
    [InlineData("0 -60", "60 0")]
    [InlineData("0", "0")]
    public void The_middle_one_counts_as_right(string aheadOfMine, string aheadOfMost)
    {
        var clocks = aheadOfMine.Split(' ').Select((by, node) => KeyValuePair.Create(node, TimeSpan.FromSeconds(int.Parse(by)))).ToList();

        var ahead = ClockSkew.AheadOfMost(clocks);

        Assert.Equal(aheadOfMost, string.Join(' ', clocks.Select(clock => ahead[clock.Key].TotalSeconds)));
    }

    [Theory]
    [InlineData(3_661, "1:01:01 ahead of most nodes'")]
    [InlineData(-12, "0:00:12 behind most nodes'")]
    [InlineData(-86_400, "1 day 0:00:00 behind most nodes'")]
    [InlineData(86_400 * 1_500, "1,500 days 0:00:00 ahead of most nodes'")]
    public void It_is_said_in_days_hours_minutes_and_seconds(int seconds, string said) =>
        Assert.Equal(said, ClockSkew.Say(TimeSpan.FromSeconds(seconds)));
}
