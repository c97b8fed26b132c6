using System.Diagnostics.Metrics;
using Dfs.Actors.Tracing;
using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>What clients asked of this process, for whoever listens to the meter "Dfs". docs/operating/metrics.md has the names.</summary>
/// <remarks>Says how much and how fast, never which file or whose. Of the process: nodes that share one are counted together.</remarks>
public static class OperationMetrics
{
    public const string MeterName = "Dfs";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "dfs.operation.duration", "s", "Time of clients' operations, from the call to its end");

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>(
        "dfs.operation.content", "By", "Content of files that was put and got");

    /// <summary>Two seconds, as long as a greeting takes to tell others.</summary>
    private static readonly TimeSpan ServingFor = TimeSpan.FromSeconds(2);

    private static int _open;
    private static long _endedAt;

    /// <summary>A client is being served, or was a moment ago; repair makes room then.</summary>
    public static bool IsServing =>
        Volatile.Read(ref _open) > 0 || (Volatile.Read(ref _endedAt) is > 0 and var ended && TimeProvider.System.GetElapsedTime(ended) < ServingFor);

    /// <summary>Runs an operation and records its time and outcome, also as a span; what throws counts as "cancelled".</summary>
    /// <param name="operation">put, open, get (content of an open file), remove or list.</param>
    public static async Task<T> MeasureAsync<T>(
        string operation, Func<Task<T>> run, Func<T, DfsOutcome> outcomeOf, Func<T, long>? bytesOf = null)
    {
        using var span = Spans.BeginOperation(operation);
        var begin = TimeProvider.System.GetTimestamp();
        Interlocked.Increment(ref _open);
        var outcome = "cancelled";
        try
        {
            var result = await run();
            outcome = outcomeOf(result).ToString().ToLowerInvariant();
            if (bytesOf?.Invoke(result) is > 0 and var bytes)
            {
                Bytes.Add(bytes, new KeyValuePair<string, object?>("operation", operation));
            }

            return result;
        }
        finally
        {
            span?.End(outcome, isError: outcome is not ("done" or "notfound" or "preconditionfailed" or "cancelled"));
            Volatile.Write(ref _endedAt, TimeProvider.System.GetTimestamp());
            Interlocked.Decrement(ref _open);
            Duration.Record(
                TimeProvider.System.GetElapsedTime(begin).TotalSeconds,
                new("operation", operation), new("outcome", outcome));
        }
    }
}
