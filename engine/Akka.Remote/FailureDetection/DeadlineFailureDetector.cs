using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Suspects a resource after a fixed silence: the heartbeat interval and the acceptable pause.</summary>
public class DeadlineFailureDetector : FailureDetector
{
    private const long Never = long.MinValue;

    private readonly Clock _clock;
    private readonly long _deadlineMillis;
    private long _lastMillis = Never;

    public DeadlineFailureDetector(
        TimeSpan acceptableHeartbeatPause, TimeSpan heartbeatInterval, Clock? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(acceptableHeartbeatPause, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(heartbeatInterval, TimeSpan.Zero);
        _clock = clock ?? DefaultClock;
        _deadlineMillis = (long)(acceptableHeartbeatPause + heartbeatInterval).TotalMilliseconds;
    }

    public DeadlineFailureDetector(Config config, EventStream eventStream)
        : this(config.GetTimeSpan("acceptable-heartbeat-pause"), config.GetTimeSpan("heartbeat-interval"))
    {
    }

    public override bool IsAvailable =>
        Volatile.Read(ref _lastMillis) is var last && (last == Never || _clock() < last + _deadlineMillis);

    public override bool IsMonitoring => Volatile.Read(ref _lastMillis) != Never;

    public override void HeartBeat() => Volatile.Write(ref _lastMillis, _clock());
}
