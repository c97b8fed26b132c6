using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Suspects a resource by how unlikely its present silence is, given its past heartbeats.</summary>
/// <remarks>
/// Hayashibara, Défago, Yared, Katayama: The φ Accrual Failure Detector, SRDS 2004, section 4:
/// φ(t) = -log10(1 - F(t - last)), F the normal distribution of the observed intervals. Where we differ: F is
/// approximated by a logistic curve (error under 0.00014), the mean is moved by the acceptable pause, and the
/// deviation has a floor, so that a regular peer is not suspected for one late heartbeat.
/// </remarks>
public class PhiAccrualFailureDetector : FailureDetector
{
    private readonly Lock _sync = new();
    private readonly Clock _clock;
    private readonly double _threshold;
    private readonly int _maxSampleSize;
    private readonly double _minStdDeviationMillis;
    private readonly double _acceptablePauseMillis;
    private readonly long _firstEstimateMillis;
    private readonly EventStream? _eventStream;
    private HeartbeatHistory? _history;
    private long _lastMillis;

    /// <param name="threshold">φ from which the resource is suspected; 8 is one wrong suspicion in 10^8.</param>
    /// <param name="maxSampleSize">Intervals that are remembered.</param>
    /// <param name="minStdDeviation">Floor of the deviation; too low makes a regular peer brittle.</param>
    /// <param name="acceptableHeartbeatPause">Silence that is nobody's fault: a collection, a busy disk.</param>
    /// <param name="firstHeartbeatEstimate">Expected interval until real ones are known.</param>
    /// <param name="clock">Milliseconds; only differences count.</param>
    public PhiAccrualFailureDetector(
        double threshold,
        int maxSampleSize,
        TimeSpan minStdDeviation,
        TimeSpan acceptableHeartbeatPause,
        TimeSpan firstHeartbeatEstimate,
        Clock? clock = null)
        : this(clock)
    {
        _threshold = threshold;
        _maxSampleSize = maxSampleSize;
        _minStdDeviationMillis = minStdDeviation.TotalMilliseconds;
        _acceptablePauseMillis = acceptableHeartbeatPause.TotalMilliseconds;
        _firstEstimateMillis = (long)firstHeartbeatEstimate.TotalMilliseconds;
    }

    /// <param name="config">Has the keys of akka.remote.watch-failure-detector.</param>
    /// <param name="ev">Gets a warning when heartbeats come close to the acceptable pause.</param>
    public PhiAccrualFailureDetector(Config config, EventStream ev)
        : this(
            config.GetDouble("threshold"),
            config.GetInt("max-sample-size"),
            config.GetTimeSpan("min-std-deviation"),
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            config.GetTimeSpan("heartbeat-interval")) =>
        _eventStream = ev;

    protected PhiAccrualFailureDetector(Clock? clock) => _clock = clock ?? DefaultClock;

    /// <summary>Whom the detector watches, for its warnings.</summary>
    public string Address { get; set; } = "N/A";

    public override bool IsAvailable => Phi(_clock()) < _threshold;

    public override bool IsMonitoring
    {
        get
        {
            lock (_sync)
            {
                return _history != null;
            }
        }
    }

    public override void HeartBeat()
    {
        var now = _clock();
        var slowMillis = 0L;
        lock (_sync)
        {
            if (_history == null)
            {
                _history = Bootstrap();
            }
            else if (PhiLocked(now) < _threshold)
            {
                // The first interval after a failure is left out: one long outage would blunt the detector.
                var interval = now - _lastMillis;
                slowMillis = interval >= _acceptablePauseMillis * 2 / 3 ? interval : 0;
                _history.Add(interval);
            }

            _lastMillis = now;
        }

        if (slowMillis > 0)
        {
            _eventStream?.Publish(new Warning(ToString()!, GetType(),
                $"heartbeat interval is growing too large for address {Address}: {slowMillis} millis"));
        }
    }

    internal double Phi(long now)
    {
        lock (_sync)
        {
            return PhiLocked(now);
        }
    }

    private double PhiLocked(long now) => _history == null
        ? 0
        : Phi(
            now - _lastMillis,
            _history.Mean + _acceptablePauseMillis,
            Math.Max(_history.StdDeviation, _minStdDeviationMillis));

    /// <summary>-log10 of the probability that a heartbeat is still to come after this silence.</summary>
    internal static double Phi(long silenceMillis, double mean, double stdDeviation)
    {
        var y = (silenceMillis - mean) / stdDeviation;
        var e = Math.Exp(-y * (1.5976 + 0.070566 * y * y));

        // Two forms of one value: each is exact on the side where the other cancels.
        return silenceMillis > mean ? -Math.Log10(e / (1 + e)) : -Math.Log10(1 - 1 / (1 + e));
    }

    /// <summary>Two made-up intervals around the estimate, so that one heartbeat already gives a verdict.</summary>
    private HeartbeatHistory Bootstrap()
    {
        var spread = _firstEstimateMillis / 4;
        var history = new HeartbeatHistory(_maxSampleSize);
        history.Add(_firstEstimateMillis - spread);
        history.Add(_firstEstimateMillis + spread);
        return history;
    }
}
