namespace Dfs.Core.Repair;

/// <summary>When a store is read through for damage that nobody has met, and how fast. Pure.</summary>
public static class ScrubRule
{
    /// <summary>Whether the next run begins by itself.</summary>
    /// <param name="endedUnixMs">When the last run ended; null: there was none.</param>
    /// <param name="every">From one run's end to the next one's begin; zero: never by itself.</param>
    public static bool IsDue(long? endedUnixMs, long nowUnixMs, TimeSpan every) =>
        every > TimeSpan.Zero
        // A clock that was set back must not put it off for years.
        && (endedUnixMs is not { } ended || ended > nowUnixMs || nowUnixMs - ended >= (long)every.TotalMilliseconds);

    /// <summary>How long to rest after reading, so that no more than the rate is read.</summary>
    /// <param name="took">What the reading itself took, which counts.</param>
    public static TimeSpan RestAfter(long bytes, TimeSpan took, long bytesPerSecond)
    {
        var wanted = TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
        return wanted > took ? wanted - took : TimeSpan.Zero;
    }
}
