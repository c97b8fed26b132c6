using System.Diagnostics;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Which silence fails a stream.</summary>
internal enum TimeoutKind
{
    FirstElement,
    Completion,
    Idle,
}

internal sealed class TimeoutLogic<T>(FlowShape<T, T> shape, TimeoutKind kind, TimeSpan timeout)
    : LinearTimerLogic<T, T>(shape)
{
    private static readonly object Deadline = new();
    private bool _hasPassed;

    public override void PreStart() => ScheduleOnce(Deadline, timeout);

    public override void OnPush()
    {
        if (!_hasPassed && kind == TimeoutKind.FirstElement)
        {
            CancelTimer(Deadline);
        }

        _hasPassed = true;
        Push(Out, Grab(In));
    }

    // An idle timeout looks once per period whether anything came: no timer is set per element.
    protected override void OnTimer(object timerKey)
    {
        if (kind == TimeoutKind.Idle && _hasPassed)
        {
            _hasPassed = false;
            ScheduleOnce(Deadline, timeout);
            return;
        }

        FailStage(new TimeoutException(kind switch
        {
            TimeoutKind.FirstElement => $"The first element has not yet passed through in {timeout}.",
            TimeoutKind.Completion => $"The stream has not been completed in {timeout}.",
            _ => $"No elements passed in the last {timeout}.",
        }));
    }
}

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
