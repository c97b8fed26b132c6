using System.Diagnostics;
using System.Globalization;

namespace Dfs.Tests.Fuzz;

/// <summary>How a long run is to be.</summary>
/// <param name="Target">Part of the names of the parsers; empty for all.</param>
/// <param name="Seconds">For each parser; 0 for no limit.</param>
/// <param name="Inputs">For each parser; 0 for no limit. With neither, 60 seconds.</param>
/// <param name="Keeps">What is found is added to the corpus.</param>
internal sealed record LongFuzzOptions(string Target, int Seconds, int Inputs, int Seed, bool Keeps);

/// <summary>Fuzzes one parser after the other, in one thread, and says how many inputs each had.</summary>
internal static class LongFuzz
{
    /// <returns>False when a parser failed; the others were tried too.</returns>
    public static bool Run(LongFuzzOptions options, Action<string> say)
    {
        var coverage = CodeCoverage.Begin();
        var seconds = options is { Seconds: 0, Inputs: 0 } ? 60 : options.Seconds;
        var (all, failures, found) = (0L, 0, new List<(string, IReadOnlyList<byte[]>)>());
        foreach (var target in FuzzTargets.All().Where(target => target.Name.Contains(options.Target, StringComparison.Ordinal)))
        {
            say($"{target.Name}, seed {options.Seed}");
            var (run, began) = (new FuzzRun(target, options.Seed, coverage), Stopwatch.GetTimestamp());
            var failure = run.Run(inputs =>
                (options.Inputs == 0 || inputs < options.Inputs)
                && (seconds == 0 || inputs % 64 != 0 || Stopwatch.GetElapsedTime(began).TotalSeconds < seconds));
            var rate = run.Inputs / Stopwatch.GetElapsedTime(began).TotalSeconds;
            say(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {run.Inputs:N0} inputs, {rate:N0} a second, {run.Outcomes} outcomes{(coverage is null ? "" : $", {coverage.Edges} edges")}"));
            found.Add((target.Name, failure is null ? run.Found : [failure.Input, .. run.Found]));
            all += run.Inputs;
            if (failure is not null)
            {
                failures++;
                say($"FAILED {failure}");
            }
        }

        if (options.Keeps)
        {
            Corpus.Add(found);
        }

        say(string.Create(CultureInfo.InvariantCulture, $"{all:N0} inputs, {failures} parsers failed"));
        return failures == 0;
    }
}
