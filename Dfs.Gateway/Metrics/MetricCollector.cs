using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Dfs.Actors.Client;

namespace Dfs.Gateway.Metrics;

/// <summary>Listens to the process's meters (System.Diagnostics.Metrics) and prints what they said for Prometheus.</summary>
/// <remarks>
/// The program's own, the runtime's and the web servers' connections. An instrument "a.b" with unit "s" is called a_b_seconds, a counter's
/// name ends in _total (OpenMetrics 1.0). Memory is bounded: labels beyond <see cref="SeriesMax"/> sets are counted and dropped.
/// </remarks>
public sealed class MetricCollector : IDisposable
{
    /// <summary>2,000 sets of labels of all metrics together, some hundred of which are in use.</summary>
    public const int SeriesMax = 2000;

    private static readonly string[] Meters =
        [OperationMetrics.MeterName, "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel"];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Metric> _metrics = new();
    private int _series;
    private long _dropped;

    public MetricCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Meters.Contains(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument, _metrics.GetOrAdd(instrument, static made => new Metric(made)));
            }
        };
        _listener.SetMeasurementEventCallback<int>((_, value, tags, metric) => Take(metric, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, metric) => Take(metric, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, metric) => Take(metric, value, tags));
        _listener.Start();
    }

    /// <summary>Everything, after asking those instruments that only answer when they are asked.</summary>
    internal void WriteTo(MetricText text)
    {
        _listener.RecordObservableInstruments();
        foreach (var family in _metrics.Values.Where(metric => !metric.Series.IsEmpty).GroupBy(metric => metric.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            text.Family(first.Name, first.Kind, first.Help);
            // Two instruments of one name are two servers' in one process: their counts belong together.
            foreach (var series in family.SelectMany(metric => metric.Series.Values).GroupBy(series => series.Labels).OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                Write(text, first, series);
            }
        }

        text.Family("dfs_metrics_dropped_total", MetricKind.Counter, "Measurements that were dropped because there were too many sets of labels");
        text.Sample("dfs_metrics_dropped_total", "", Interlocked.Read(ref _dropped));
    }

    public void Dispose() => _listener.Dispose();

    private static void Write(MetricText text, Metric metric, IGrouping<string, MetricSeries> series)
    {
        var (sum, buckets) = (0.0, new long[MetricSeries.BucketBounds.Length + 1]);
        foreach (var part in series)
        {
            sum += part.Read(out var counts);
            for (var i = 0; i < counts.Length; i++)
            {
                buckets[i] += counts[i];
            }
        }

        if (metric.Kind == MetricKind.Histogram)
        {
            text.Histogram(metric.Name, series.Key, sum, buckets);
        }
        else
        {
            text.Sample(metric.Name, series.Key, sum);
        }
    }

    private void Take(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var metric = (Metric)state!;
        var labels = tags.IsEmpty ? "" : MetricText.Labels(tags.ToArray());
        if (!metric.Series.TryGetValue(labels, out var series))
        {
            if (Interlocked.Increment(ref _series) > SeriesMax)
            {
                Interlocked.Decrement(ref _series);
                Interlocked.Increment(ref _dropped);
                return;
            }

            series = metric.Series.GetOrAdd(labels, new MetricSeries(labels, metric.Kind));
        }

        if (metric.IsAbsolute)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    private sealed class Metric(Instrument instrument)
    {
        public ConcurrentDictionary<string, MetricSeries> Series { get; } = new(StringComparer.Ordinal);

        public MetricKind Kind { get; } = KindOf(instrument);

        public string Name { get; } = MetricText.Name(instrument.Name) + UnitOf(instrument.Unit) + (KindOf(instrument) == MetricKind.Counter ? "_total" : "");

        public string Help => instrument.Description ?? instrument.Name;

        /// <summary>The instrument says what it stands at, not by how much it rose.</summary>
        public bool IsAbsolute { get; } = instrument.IsObservable || KindOf(instrument) == MetricKind.Gauge && !IsUpDown(instrument);

        private static MetricKind KindOf(Instrument instrument)
        {
            var type = instrument.GetType().GetGenericTypeDefinition();
            return type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
                : type == typeof(Histogram<>) ? MetricKind.Histogram
                : MetricKind.Gauge;
        }

        private static bool IsUpDown(Instrument instrument) => instrument.GetType().GetGenericTypeDefinition() == typeof(UpDownCounter<>);

        private static string UnitOf(string? unit) => unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
    }
}
