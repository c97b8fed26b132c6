using System.Text.Json.Serialization;

namespace Dfs.Node.Cli;

/// <summary>What one round of <c>dfs bench</c> measured.</summary>
/// <param name="Action">"put" or "get"; "put*" and "get*" of the round that mixes them.</param>
/// <param name="FirstError">What the first failed call said; null without one.</param>
public sealed record BenchFigures(
    string Action, long SizeBytes, int AtOnce, int Done, int Errors, string? FirstError, double Seconds, double PerSecond,
    double MegabytesPerSecond, double P50Ms, double P95Ms, double P99Ms, double MaxMs)
{
    /// <param name="latencies">Of the calls that were done, in any order.</param>
    /// <param name="took">From the first call's begin to the last one's end.</param>
    public static BenchFigures Of(
        string action, long sizeBytes, int atOnce, IEnumerable<TimeSpan> latencies, IReadOnlyCollection<string> errors, TimeSpan took)
    {
        var sorted = latencies.Order().ToList();
        var perSecond = took > TimeSpan.Zero ? sorted.Count / took.TotalSeconds : 0;
        return new BenchFigures(
            action, sizeBytes, atOnce, sorted.Count, errors.Count, errors.FirstOrDefault(), took.TotalSeconds, perSecond,
            perSecond * sizeBytes / 1e6, Ms(50), Ms(95), Ms(99), Ms(100));

        double Ms(int percent) => Percentile(sorted, percent).TotalMilliseconds;
    }

    /// <summary>The nearest rank: the smallest value that at least so many percent of all do not exceed; zero of nothing.</summary>
    public static TimeSpan Percentile(IReadOnlyList<TimeSpan> sorted, int percent) =>
        sorted.Count == 0 ? TimeSpan.Zero : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];
}

/// <summary>The figures as JSON, made without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<BenchFigures>))]
public sealed partial class BenchJson : JsonSerializerContext;
