using System.Globalization;
using Dfs.Core.Transfer;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

public sealed class RequestRatesTests
{
    private static readonly TimeSpan Begin = TimeSpan.FromDays(3);

    [Fact]
    public void A_seconds_worth_passes_at_once_and_then_one_at_a_time()
    {
        var rates = new RequestRates(4);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(TimeSpan.Zero, rates.Take("a", Begin));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(250), rates.Take("a", Begin));
        Assert.Equal(TimeSpan.FromMilliseconds(1), rates.Take("a", Begin + TimeSpan.FromMilliseconds(249)));
        Assert.Equal(TimeSpan.Zero, rates.Take("a", Begin + TimeSpan.FromMilliseconds(250)));
        Assert.Equal(TimeSpan.FromMilliseconds(250), rates.Take("a", Begin + TimeSpan.FromMilliseconds(250)));
    }

    [Fact]
    public void What_one_name_uses_up_another_has()
    {
        var rates = new RequestRates(1);
        Assert.Equal(TimeSpan.Zero, rates.Take("a", Begin));
        Assert.Equal(TimeSpan.FromSeconds(1), rates.Take("a", Begin));

        Assert.Equal(TimeSpan.Zero, rates.Take("b", Begin));
    }

    [Fact]
    public void A_rest_saves_up_no_more_than_a_second()
    {
        var rates = new RequestRates(2);
        Assert.Equal(TimeSpan.Zero, rates.Take("a", Begin));

        var later = Begin + TimeSpan.FromHours(1);
        Assert.Equal(2, Enumerable.Range(0, 10).Count(_ => rates.Take("a", later) == TimeSpan.Zero));
    }

    [Fact]
    public void The_name_that_asked_longest_ago_is_forgotten_for_one_too_many()
    {
        var rates = new RequestRates(1);
        for (var i = 0; i < RequestRates.NamesMax; i++)
        {
            rates.Take(Name(i), Begin);
        }

        // It is refused, but it asked: the next one is the oldest now.
        Assert.NotEqual(TimeSpan.Zero, rates.Take(Name(0), Begin));
        Assert.Equal(TimeSpan.Zero, rates.Take("new", Begin));

        Assert.Equal(RequestRates.NamesMax, rates.Names);
        Assert.NotEqual(TimeSpan.Zero, rates.Take(Name(0), Begin));
        Assert.NotEqual(TimeSpan.Zero, rates.Take(Name(2), Begin));
        Assert.Equal(TimeSpan.Zero, rates.Take(Name(1), Begin));
    }

    // Property: in any time, of one name, no more pass than the rate and a second's worth; who waits as told passes; and the table is bounded.
    [Theory, Seeds(20)]
    public void Whoever_asks_however_often_the_rate_is_kept(int seed)
    {
        var random = new Random(seed);
        var perSecond = random.Next(1, 50);
        var rates = new RequestRates(perSecond);
        var names = random.Next(1, 5);
        var passed = Enumerable.Range(0, names).Select(_ => new List<TimeSpan>()).ToList();
        var (now, refused) = (Begin, 0);
        for (var step = 0; step < 2000; step++)
        {
            now += TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerSecond / perSecond / names));
            var name = random.Next(names);
            var wait = rates.Take(Name(name), now);
            refused += wait > TimeSpan.Zero ? 1 : 0;
            if (wait > TimeSpan.Zero && random.Next(4) == 0)
            {
                now += wait;
                wait = rates.Take(Name(name), now);
                Assert.Equal(TimeSpan.Zero, wait);
            }

            if (wait == TimeSpan.Zero)
            {
                passed[name].Add(now);
            }

            Assert.InRange(rates.Names, 1, names);
        }

        Assert.NotEqual(0, refused);
        foreach (var times in passed)
        {
            for (var first = 0; first < times.Count; first++)
            {
                for (var last = first; last < times.Count; last++)
                {
                    Assert.True(
                        last - first + 1 <= (perSecond * (times[last] - times[first]).TotalSeconds) + perSecond + 1e-6,
                        $"{last - first + 1} passed in {times[last] - times[first]} at {perSecond} a second");
                }
            }
        }
    }

    [Theory, Seeds(3)]
    public void However_many_names_ask_the_table_is_bounded(int seed)
    {
        var random = new Random(seed);
        var rates = new RequestRates(5);
        for (var step = 0; step < 4 * RequestRates.NamesMax; step++)
        {
            rates.Take(Name(random.Next(3 * RequestRates.NamesMax)), Begin + TimeSpan.FromMilliseconds(step));
            Assert.InRange(rates.Names, 1, RequestRates.NamesMax);
        }

        Assert.Equal(RequestRates.NamesMax, rates.Names);
    }

    private static string Name(int number) => number.ToString(CultureInfo.InvariantCulture);
}
