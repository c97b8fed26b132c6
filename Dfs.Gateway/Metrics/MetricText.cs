using System.Globalization;
using System.Text;

namespace Dfs.Gateway.Metrics;

/// <summary>Prometheus's text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).</summary>
internal sealed class MetricText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    public void Family(string name, MetricKind kind, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        }).Append('\n');
    }

    /// <param name="labels">As <see cref="Labels"/> makes them.</param>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    public void Histogram(string name, string labels, double sum, ReadOnlySpan<long> buckets)
    {
        var (count, comma) = (0L, labels.Length > 0 ? "," : "");
        for (var i = 0; i < buckets.Length; i++)
        {
            count += buckets[i];
            var bound = i < MetricSeries.BucketBounds.Length
                ? MetricSeries.BucketBounds[i].ToString("R", CultureInfo.InvariantCulture)
                : "+Inf";
            Sample($"{name}_bucket", $"{labels}{comma}le=\"{bound}\"", count);
        }

        Sample($"{name}_sum", labels, sum);
        Sample($"{name}_count", labels, count);
    }

    /// <summary>Names with letters, digits and underscores; values with their quotes and ends of lines escaped.</summary>
    public static string Labels(IEnumerable<KeyValuePair<string, object?>> tags) => string.Join(',', tags
        .OrderBy(tag => tag.Key, StringComparer.Ordinal)
        .Select(tag => $"{Name(tag.Key)}=\"{Escaped(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")}\""));

    public static string Name(string text) =>
        string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    public override string ToString() => _text.ToString();

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}
