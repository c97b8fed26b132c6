using Akka.Util;

namespace Akka.Actor.Internal;

public interface IChildStats;

/// <summary>A child and how often it was restarted within the current window.</summary>
public class ChildRestartStats(
    IInternalActorRef child, uint maxNrOfRetriesCount = 0, long restartTimeWindowStartTicks = 0) : IChildStats
{
    public IInternalActorRef Child { get; } = child;

    public long Uid => Child.Path.Uid;

    public uint MaxNrOfRetriesCount { get; private set; } = maxNrOfRetriesCount;

    public long RestartTimeWindowStartTicks { get; private set; } = restartTimeWindowStartTicks;

    /// <param name="maxNrOfRetries">Negative: no limit. 0: never.</param>
    /// <param name="withinTimeMilliseconds">The limit counts within a window of this length; not positive: for ever.</param>
    public bool RequestRestartPermission(int maxNrOfRetries, int withinTimeMilliseconds)
    {
        if (maxNrOfRetries == 0)
        {
            return false;
        }

        var windowed = withinTimeMilliseconds > 0;
        // A window without a number of retries allows one restart in it.
        var retries = maxNrOfRetries > 0 ? (uint)maxNrOfRetries : windowed ? 1u : uint.MaxValue;
        if (!windowed)
        {
            MaxNrOfRetriesCount = unchecked(MaxNrOfRetriesCount + 1);
            return MaxNrOfRetriesCount <= retries;
        }

        return RetriesWithin(retries, withinTimeMilliseconds);
    }

    private bool RetriesWithin(uint retries, int withinTimeMilliseconds)
    {
        var now = MonotonicClock.Elapsed.Ticks;
        var windowStart = RestartTimeWindowStartTicks == 0 ? now : RestartTimeWindowStartTicks;
        if (now - windowStart <= withinTimeMilliseconds * TimeSpan.TicksPerMillisecond)
        {
            RestartTimeWindowStartTicks = windowStart;
            MaxNrOfRetriesCount++;
            return MaxNrOfRetriesCount <= retries;
        }

        RestartTimeWindowStartTicks = now;
        MaxNrOfRetriesCount = 1;
        return true;
    }
}
