using System.Diagnostics.Metrics;
using Dfs.Actors.Client;
using Dfs.Gateway.Metrics;

namespace Dfs.Tests.Metrics;

public sealed class MetricTextTests
{
    [Fact]
    public void Buckets_count_up_and_the_last_is_the_count_of_all()
    {
        var series = new MetricSeries("operation=\"put\"", MetricKind.Histogram);
        foreach (var seconds in new[] { 0.0005, 0.001, 0.3, 31 })
        {
            series.Add(seconds);
        }

        var text = new MetricText();
        text.Histogram("a_seconds", series.Labels, series.Read(out var buckets), buckets);

        var lines = text.ToString().Split('\n');
        Assert.Contains("a_seconds_bucket{operation=\"put\",le=\"0.001\"} 2", lines);
        Assert.Contains("a_seconds_bucket{operation=\"put\",le=\"0.25\"} 2", lines);
        Assert.Contains("a_seconds_bucket{operation=\"put\",le=\"0.5\"} 3", lines);
        Assert.Contains("a_seconds_bucket{operation=\"put\",le=\"30\"} 3", lines);
        Assert.Contains("a_seconds_bucket{operation=\"put\",le=\"+Inf\"} 4", lines);
        Assert.Contains("a_seconds_count{operation=\"put\"} 4", lines);
        Assert.Contains("a_seconds_sum{operation=\"put\"} 31.3015", lines);
    }

    [Fact]
    public void Labels_cannot_break_out_of_their_quotes() => Assert.Equal(
        """a_b="x\"} 1\n\\",z="" """.TrimEnd(), MetricText.Labels([new("z", null), new("a.b", "x\"} 1\n\\")]));

    [Fact]
    public void What_has_too_many_labels_is_dropped_and_counted()
    {
        using var collector = new MetricCollector();
        using var meter = new Meter(OperationMetrics.MeterName);
        var counter = meter.CreateCounter<long>("dfs.test.flood");
        for (var label = 0; label < MetricCollector.SeriesMax + 500; label++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("label", label));
        }

        var text = new MetricText();
        collector.WriteTo(text);

        var lines = text.ToString().Split('\n');
        Assert.InRange(lines.Count(line => line.StartsWith("dfs_test_flood_total{", StringComparison.Ordinal)), 1, MetricCollector.SeriesMax);
        var dropped = lines.Single(line => line.StartsWith("dfs_metrics_dropped_total ", StringComparison.Ordinal)).Split(' ')[1];
        Assert.InRange(int.Parse(dropped, System.Globalization.CultureInfo.InvariantCulture), 500, int.MaxValue);
    }
}
