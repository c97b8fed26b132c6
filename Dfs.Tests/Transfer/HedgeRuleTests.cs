using Dfs.Core.Transfer;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

public sealed class HedgeRuleTests
{
    private static readonly HedgeLimits Limits = new();

    [Fact]
    public void Until_enough_reads_have_ended_it_waits_the_first_delay_and_then_as_long_as_most_took()
    {
        var rule = HedgeRule.Start(Limits);
        for (var read = 1; read < HedgeRule.SamplesMin; read++)
        {
            rule = rule.Took(Milliseconds(300));
            Assert.Equal(Limits.DelayFirst, rule.Delay);
        }

        Assert.Equal(Milliseconds(300), rule.Took(Milliseconds(300)).Delay);
    }

    [Fact]
    public void The_delay_keeps_to_its_bounds_and_forgets_what_is_long_ago()
    {
        var slow = After(HedgeRule.Start(Limits), HedgeRule.SamplesMax, Milliseconds(5000));
        Assert.Equal(Limits.DelayMax, slow.Delay);

        Assert.Equal(Limits.DelayMin, After(slow, HedgeRule.SamplesMax, Milliseconds(1)).Delay);
    }

    [Fact]
    public void With_nothing_left_it_earns_one_hedge_with_every_twentieth_read_and_saves_up_a_few()
    {
        var rule = HedgeRule.Start(Limits);
        for (var hedge = 0; hedge < HedgeRule.BudgetMax; hedge++)
        {
            rule = rule.TryHedge()!;
        }

        Assert.Null(rule.TryHedge());
        for (var read = 1; read < HedgeRule.ReadsPerHedge; read++)
        {
            rule = rule.Begin();
            Assert.Null(rule.TryHedge());
        }

        rule = rule.Begin();
        Assert.Null(rule.TryHedge()!.TryHedge());

        for (var read = 0; read < 10_000; read++)
        {
            rule = rule.Begin();
        }

        Assert.Equal(HedgeRule.BudgetMax, rule.Budget);
    }

    // Properties: never more hedges than the share of the reads, and the delay is the sorted times' 95th of 100.
    [Theory, Seeds(20)]
    public void Whatever_reads_take_and_want_the_share_and_the_delay_hold(int seed)
    {
        var random = new Random(seed);
        var rule = HedgeRule.Start(Limits);
        var (reads, hedges, times) = (0, 0, new List<TimeSpan>());
        for (var step = 0; step < 2000; step++)
        {
            switch (random.Next(3))
            {
                case 0:
                    rule = rule.Begin();
                    reads++;
                    break;
                case 1:
                    times.Add(Milliseconds(random.Next(step)));
                    rule = rule.Took(times[^1]);
                    break;
                default:
                    hedges += rule.TryHedge() is null ? 0 : 1;
                    rule = rule.TryHedge() ?? rule;
                    break;
            }

            Assert.InRange(hedges * HedgeRule.ReadsPerHedge, 0, reads + (HedgeRule.BudgetMax * HedgeRule.ReadsPerHedge));
            if (times.Count >= HedgeRule.SamplesMin)
            {
                var recent = times.TakeLast(HedgeRule.SamplesMax).Order().ToList();
                var expected = recent[((95 * recent.Count) + 99) / 100 - 1];
                Assert.Equal(Math.Clamp(expected.Ticks, Limits.DelayMin.Ticks, Limits.DelayMax.Ticks), rule.Delay.Ticks);
            }
        }
    }

    private static HedgeRule After(HedgeRule rule, int reads, TimeSpan time) =>
        Enumerable.Range(0, reads).Aggregate(rule, (rule, _) => rule.Took(time));

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
