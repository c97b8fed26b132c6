using Dfs.Core.Transfer;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

public sealed class TokenBucketTests
{
    private const long Rate = 1_000_000;

    [Fact]
    public void A_short_burst_goes_through_at_once_and_what_is_more_is_waited_for()
    {
        var burst = (long)(Rate * TokenBucket.BurstTime.TotalSeconds);

        var (bucket, none) = TokenBucket.Full(Rate).Take(burst, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, none);

        var (_, wait) = bucket.Take(Rate, TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromSeconds(1), wait);
    }

    [Fact]
    public void What_is_not_used_is_saved_up_no_longer_than_the_burst()
    {
        var later = TimeSpan.FromHours(1);

        var (_, wait) = TokenBucket.Full(Rate).Take(Rate, later);

        Assert.Equal(TimeSpan.FromSeconds(1) - TokenBucket.BurstTime, wait);
    }

    // Property: callers that wait as told never take more, together and up to any time, than the rate, the burst and a piece each; and lose nothing of it.
    [Theory, Seeds(20)]
    public void Whoever_shares_it_the_rate_is_kept_and_used(int seed)
    {
        var random = new Random(seed);
        var callers = new TimeSpan[random.Next(1, 9)];
        var pieceMax = random.Next(1, 300_000);
        var (bucket, taken) = (TokenBucket.Full(Rate), 0L);
        for (var step = 0; step < 1000; step++)
        {
            var caller = Array.IndexOf(callers, callers.Min());
            var now = callers[caller];
            Assert.InRange(taken, (Rate * now.TotalSeconds) - 1, (Rate * (now + TokenBucket.BurstTime).TotalSeconds) + ((double)pieceMax * callers.Length));
            var bytes = random.Next(1, pieceMax + 1);
            (bucket, var wait) = bucket.Take(bytes, now);
            taken += bytes;
            callers[caller] = now + wait;
        }
    }
}
