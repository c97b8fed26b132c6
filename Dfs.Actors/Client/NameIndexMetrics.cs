using System.Diagnostics.Metrics;

namespace Dfs.Actors.Client;

/// <summary>What indexes of names cost, for whoever listens to the meter "Dfs". docs/operating/metrics.md has the names.</summary>
/// <remarks>Counted here and asked for: an index is read from its file before a node has anybody who listens.</remarks>
internal static class NameIndexMetrics
{
    private static readonly string[] Results = ["none", "read", "ignored", "written", "failed"];

    private static readonly long[] FileCounts = new long[Results.Length];

    private static readonly Meter Meter = new(OperationMetrics.MeterName);

    private static readonly ObservableCounter<long> Rows = Meter.CreateObservableCounter(
        "dfs.names.rows.pulled", static () => Interlocked.Read(ref _rows),
        description: "Rows of replicas' change feeds that indexes of names took over");

    private static readonly ObservableCounter<long> Files = Meter.CreateObservableCounter(
        "dfs.names.files",
        static () => Results.Select((result, index) => new Measurement<long>(
            Interlocked.Read(ref FileCounts[index]), new KeyValuePair<string, object?>("result", result))),
        description: "Files of indexes of names, by what became of them");

    private static long _rows;

    /// <summary>Shows them from now on, be there anything to count or not.</summary>
    public static void Show() => _ = (Rows, Files);

    public static void Pulled(int rows) => Interlocked.Add(ref _rows, rows);

    /// <param name="result">none, read, ignored, written or failed.</param>
    public static void File(string result) => Interlocked.Increment(ref FileCounts[Array.IndexOf(Results, result)]);
}
