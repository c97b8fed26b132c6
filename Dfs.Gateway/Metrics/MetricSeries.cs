namespace Dfs.Gateway.Metrics;

/// <summary>How an instrument's measurements become one number or several.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One set of labels of a metric: its sum, or the counts of its buckets. Thread-safe.</summary>
internal sealed class MetricSeries(string labels, MetricKind kind)
{
    /// <summary>Upper bounds in seconds: a millisecond to half a minute, as Prometheus's own clients have them and three more.</summary>
    public static readonly double[] BucketBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Lock _lock = new();
    private readonly long[] _buckets = kind == MetricKind.Histogram ? new long[BucketBounds.Length + 1] : [];
    private double _value;

    /// <summary>As they are printed, without braces: a="b",c="d".</summary>
    public string Labels => labels;

    public void Add(double value)
    {
        lock (_lock)
        {
            _value += value;
            if (kind == MetricKind.Histogram)
            {
                var bucket = Array.BinarySearch(BucketBounds, value);
                _buckets[bucket < 0 ? ~bucket : bucket]++;
            }
        }
    }

    public void Set(double value)
    {
        lock (_lock)
        {
            _value = value;
        }
    }

    /// <param name="buckets">Counts up to each bound and above all; empty unless it is a histogram.</param>
    public double Read(out long[] buckets)
    {
        lock (_lock)
        {
            buckets = [.. _buckets];
            return _value;
        }
    }
}
