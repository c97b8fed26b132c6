namespace Akka.Remote;

/// <summary>The last intervals between heartbeats, with their mean and standard deviation kept up to date.</summary>
/// <remarks>Sums are of whole milliseconds, so dropping an old interval leaves no rounding behind.</remarks>
internal sealed class HeartbeatHistory
{
    private readonly int _maxSampleSize;
    private readonly Queue<long> _intervals = new();
    private long _sum;
    private Int128 _squaredSum;

    public HeartbeatHistory(int maxSampleSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSampleSize, 1);
        _maxSampleSize = maxSampleSize;
    }

    public double Mean => (double)_sum / _intervals.Count;

    public double StdDeviation
    {
        get
        {
            var mean = Mean;
            return Math.Sqrt(Math.Max(0, (double)_squaredSum / _intervals.Count - mean * mean));
        }
    }

    public void Add(long intervalMillis)
    {
        if (_intervals.Count == _maxSampleSize)
        {
            var oldest = _intervals.Dequeue();
            _sum -= oldest;
            _squaredSum -= (Int128)oldest * oldest;
        }

        _intervals.Enqueue(intervalMillis);
        _sum += intervalMillis;
        _squaredSum += (Int128)intervalMillis * intervalMillis;
    }
}
