using System.Diagnostics;
using System.Globalization;

namespace Dfs.Tests.Simulation;

/// <summary>One seed after the other, for a time or a number of operations; what fails is shrunk.</summary>
internal static class LongSimulation
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromMinutes(1);

    /// <param name="operationsMax">Ends it before the time; 0: the time alone does.</param>
    /// <param name="say">Takes what it tells, line by line.</param>
    /// <remarks>As many seeds at once as there are processors; each is a run of its own in one thread.</remarks>
    /// <returns>Whether every history could be explained.</returns>
    public static bool Run(int firstSeed, TimeSpan duration, long operationsMax, BrokenRule broken, SimLimits limits, Action<string> say)
    {
        var clock = Stopwatch.StartNew();
        var (runs, operations, faults, layouts, collections) = (0, 0L, 0L, 0UL, 0L);
        var told = TimeSpan.Zero;
        var seeds = Enumerable.Range(firstSeed, int.MaxValue - firstSeed)
            .TakeWhile(_ => clock.Elapsed < duration && (operationsMax == 0 || Interlocked.Read(ref operations) < operationsMax));
        var outcomes = seeds.AsParallel().AsOrdered().WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(seed => (Seed: seed, Outcome: ClusterRun.Outcome(seed, broken, limits)));
        foreach (var (seed, outcome) in outcomes)
        {
            (runs, operations, faults, layouts, collections) =
                (runs + 1, operations + outcome.Operations, faults + outcome.Faults, layouts + outcome.Layouts, collections + outcome.Collections);
            if (outcome.Story is not null)
            {
                Tell();
                say(outcome.Story);
                say($"\nshrunk:\n{Shrunk(seed, broken, 40)}");
                return false;
            }

            if (clock.Elapsed - told > SayEvery)
            {
                told = clock.Elapsed;
                Tell();
            }
        }

        Tell();
        return true;

        void Tell() => say(string.Create(
            CultureInfo.InvariantCulture,
            $"{clock.Elapsed:hh\\:mm\\:ss}, {Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:0} processor seconds: seeds {firstSeed} to {firstSeed + runs - 1}, {operations:#,0} operations; survived {faults:#,0} crashes and cuts, {layouts:#,0} layouts, {collections:#,0} collections"));
    }

    /// <summary>The same failure with as few clients, calls and faults as still show it.</summary>
    /// <param name="seedsBeside">How many seeds are tried under each smaller limit: another limit draws other numbers.</param>
    public static string Shrunk(int seed, BrokenRule broken, int seedsBeside)
    {
        var (limits, story) = (SimLimits.Largest, ClusterRun.Fails(seed, broken)!);
        while (limits.Smaller().Select(smaller => (smaller, Story: FailsNear(seed, seedsBeside, broken, smaller))).FirstOrDefault(tried => tried.Story is not null) is
            { Story: { } shorter } found)
        {
            (limits, story) = (found.smaller, shorter);
        }

        return $"with --clients {limits.Clients} --calls {limits.Calls} --faults {limits.Faults}\n{story}";
    }

    private static string? FailsNear(int seed, int seedsBeside, BrokenRule broken, SimLimits limits) => Enumerable.Range(seed, seedsBeside)
        .Select(near => ClusterRun.Outcome(near, broken, limits).Story).FirstOrDefault(story => story is not null);
}
