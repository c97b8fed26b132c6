using System.Diagnostics;

namespace Dfs.Benchmarks;

/// <summary>Runs something for a while, warm, and says how fast it went.</summary>
internal static class Measure
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2);

    /// <summary>Best of three rounds: other work on the machine only ever slows a round down.</summary>
    /// <returns>Megabytes (10^6) a second.</returns>
    public static double MegabytesPerSecond(int bytesPerCall, Action call) =>
        CallsPerSecond(call) * bytesPerCall / 1e6;

    public static double CallsPerSecond(Action call)
    {
        Round(call, WarmUp);
        return Enumerable.Range(0, 3).Max(_ => Round(call, Long / 3));
    }

    /// <summary>Callers side by side, each one call after the other.</summary>
    /// <param name="call">Takes the number of the call, unique in the run.</param>
    public static async Task<Pace> ConcurrentAsync(int callers, int calls, Func<int, Task> call)
    {
        var next = 0;
        var spentBefore = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            await Task.Yield();
            for (var number = Interlocked.Increment(ref next); number <= calls; number = Interlocked.Increment(ref next))
            {
                await call(number);
            }
        }));
        var spent = Environment.CpuUsage.TotalTime - spentBefore;
        return new Pace(calls / watch.Elapsed.TotalSeconds, spent.TotalSeconds / calls);
    }

    private static double Round(Action call, TimeSpan atLeast)
    {
        var calls = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            call();
            calls++;
        }
        while (watch.Elapsed < atLeast);
        return calls / watch.Elapsed.TotalSeconds;
    }
}

/// <param name="CpuSecondsPerCall">Of the whole process: what stays the same on a machine that others use too.</param>
internal readonly record struct Pace(double CallsPerSecond, double CpuSecondsPerCall)
{
    public double MegabytesPerSecond(int bytesPerCall) => CallsPerSecond * bytesPerCall / 1e6;

    public double CpuSecondsPerGigabyte(int bytesPerCall) => CpuSecondsPerCall * 1e9 / bytesPerCall;
}
