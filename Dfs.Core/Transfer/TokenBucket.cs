using Dfs.Core.Primitives;

namespace Dfs.Core.Transfer;

/// <summary>Says how long to wait after some bytes, so that no more than a rate goes through.</summary>
/// <remarks>
/// Pure. Takes first and waits afterwards, so a piece of any size goes through. Kept as the time at which all that was taken is paid for,
/// which is the virtual scheduling form of the algorithm (ITU-T I.371, Annex A: GCRA). Invariant: whoever waits as told has taken, of all
/// callers together and up to any time t, at most the rate times (t + <see cref="BurstTime"/>) and one piece each.
/// </remarks>
public sealed record TokenBucket
{
    /// <summary>A tenth of a second may be taken in advance: below that people see no difference, and timers are not exact.</summary>
    public static readonly TimeSpan BurstTime = TimeSpan.FromMilliseconds(100);

    private readonly long _bytesPerSecond;

    private TokenBucket(long bytesPerSecond, TimeSpan paidAt)
    {
        Invariant.Holds(bytesPerSecond > 0, $"a rate is above nothing ({bytesPerSecond} bytes a second)");
        (_bytesPerSecond, PaidAt) = (bytesPerSecond, paidAt);
    }

    /// <summary>When what was taken so far is paid for.</summary>
    public TimeSpan PaidAt { get; }

    /// <summary>Full at time zero.</summary>
    public static TokenBucket Full(long bytesPerSecond) => new(bytesPerSecond, -BurstTime);

    /// <summary>Takes some bytes.</summary>
    /// <param name="now">Does not go back.</param>
    /// <returns>The bucket after it, and how long the taker has to wait before it takes again.</returns>
    public (TokenBucket Next, TimeSpan Wait) Take(long bytes, TimeSpan now)
    {
        var earliest = now - BurstTime;
        var paidAt = (PaidAt > earliest ? PaidAt : earliest) + TimeSpan.FromSeconds((double)bytes / _bytesPerSecond);
        return (new TokenBucket(_bytesPerSecond, paidAt), paidAt > now ? paidAt - now : TimeSpan.Zero);
    }
}
