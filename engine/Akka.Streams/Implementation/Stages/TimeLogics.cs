using System.Diagnostics;

namespace Akka.Streams.Implementation.Stages;

/// <summary>A token bucket: lets a burst through, then so many units per period.</summary>
internal sealed class ThrottleLogic<T>(
    FlowShape<T, T> shape, int cost, TimeSpan per, int maximumBurst, Func<T, int> costOf, ThrottleMode mode)
    : LinearTimerLogic<T, T>(shape)
{
    private static readonly object Refilled = new();
    private readonly double _ticksPerToken = (double)per.Ticks / cost;
    private double _tokens = maximumBurst;
    private long _lastTimestamp = Stopwatch.GetTimestamp();
    private (T Value, bool IsThere) _held;

    public override void OnPush()
    {
        var element = Grab(In);
        var wait = Take(costOf(element));
        if (wait <= TimeSpan.Zero)
        {
            Push(Out, element);
        }
        else if (mode == ThrottleMode.Enforcing)
        {
            FailStage(new OverflowException("Maximum throttle throughput exceeded"));
        }
        else
        {
            _held = (element, true);
            ScheduleOnce(Refilled, wait);
        }
    }

    // The element that waits for its time is still emitted.
    public override void OnUpstreamFinish()
    {
        if (!_held.IsThere)
        {
            CompleteStage();
        }
    }

    protected override void OnTimer(object timerKey)
    {
        var held = _held.Value;
        _held = default;
        Push(Out, held);
        if (IsClosed(In))
        {
            CompleteStage();
        }
    }

    private TimeSpan Take(int tokens)
    {
        var now = Stopwatch.GetTimestamp();
        _tokens += Stopwatch.GetElapsedTime(_lastTimestamp, now).Ticks / _ticksPerToken;
        _lastTimestamp = now;

        // What was borrowed by the last element is refilled first; more than a burst is never saved up.
        _tokens = Math.Min(_tokens, maximumBurst) - tokens;
        return TimeSpan.FromTicks((long)(-_tokens * _ticksPerToken));
    }
}
