using System.Globalization;
using Dfs.Node.Cli;
using Dfs.Tests.ChunkStore;
using Dfs.Tests.Faults;
using Dfs.Tests.Fuzz;
using Dfs.Tests.Independent;
using Dfs.Tests.Keyring;
using Dfs.Tests.Simulation;

namespace Dfs.Tests;

/// <summary>The long runs that are made by hand: <c>dotnet run -c Release --project Dfs.Tests -- COMMAND [--NAME VALUE]…</c></summary>
/// <remarks>What each shows, and its last result: docs/reliability.md. Ends with 0 when all is as it must be, else with 1.</remarks>
internal static class Program
{
    private static readonly Dictionary<string, Func<RunArguments, Task<int>>> Commands = new()
    {
        ["nemesis"] = NemesisAsync,
        ["simulate"] = Simulate,
        ["fuzz"] = arguments => Task.FromResult(LongFuzz.Run(
            new LongFuzzOptions(
                arguments.Text("target", ""), arguments.Number("seconds", 0), arguments.Number("inputs", 0), arguments.Number("seed", Environment.ProcessId),
                arguments.Text("keep", "no") == "yes"),
            Console.WriteLine) ? 0 : 1),
        [KilledWriter.Command] = arguments => KilledWriter.RunAsync(arguments.Text("act", ""), arguments.Text("root", ""), arguments.Number("step", 0)),
        [RotationKillTests.Command] = arguments => RotationKillTests.RunAsync(arguments.Text("root", ""), arguments.Number("step", 0)),
        ["thief"] = arguments => Task.FromResult(Steal(arguments)),
        ["gap-killed"] = _ => GapAsync(isFrozen: false),
        ["gap-frozen"] = _ => GapAsync(isFrozen: true),
    };

    private static async Task<int> Main(string[] args)
    {
        if (args.Length > 0 && Commands.TryGetValue(args[0], out var run) && RunArguments.TryParse(args[1..], out var arguments))
        {
            return await run(arguments);
        }

        await Console.Error.WriteLineAsync($"usage: dotnet run -c Release --project Dfs.Tests -- {string.Join('|', Commands.Keys)} [--NAME VALUE]…");
        return 2;
    }

    private static async Task<int> NemesisAsync(RunArguments arguments)
    {
        var options = new NemesisOptions(
            arguments.Number("nodes", 5), arguments.Time("duration", TimeSpan.FromMinutes(10)), arguments.Number("seed", Environment.ProcessId));
        var wrong = await NemesisRun.RunAsync(options, Console.WriteLine);
        foreach (var each in wrong)
        {
            Console.WriteLine(each);
        }

        Console.WriteLine(wrong.Count == 0 ? "OK: nothing was lost, and every history can be explained" : $"FAILED with seed {options.Seed}");
        return wrong.Count == 0 ? 0 : 1;
    }

    private static async Task<int> GapAsync(bool isFrozen)
    {
        var isGood = await GapRun.RunAsync(isFrozen, Console.WriteLine);
        Console.WriteLine(isGood ? "OK" : "FAILED");
        return isGood ? 0 : 1;
    }

    private static int Steal(RunArguments arguments)
    {
        var stolen = arguments.Text("disk", ".");
        var files = Directory.EnumerateFiles(stolen, "*", SearchOption.AllDirectories).Concat(arguments.Text("also", "").Split(',', StringSplitOptions.RemoveEmptyEntries));
        var haystack = files.Select(File.ReadAllBytes).ToList();
        using var content = File.OpenRead(arguments.Text("known", ""));
        var known = new byte[64];
        content.ReadExactly(known);
        var thief = new Thief(new PlainDisk(stolen), known);
        var opened = haystack.Select(thief.Open).FirstOrDefault(each => each is not null);
        Console.WriteLine($"{haystack.Sum(each => (long)each.Length)} bytes tried as keys of {thief.Locks.Heads} heads and {thief.Locks.Chunks} chunks: {opened ?? "nothing opens"}");
        return thief.Locks is { Heads: > 0, Chunks: > 0 } && opened is null ? 0 : 1;
    }

    private static Task<int> Simulate(RunArguments arguments)
    {
        var isGood = LongSimulation.Run(
            arguments.Number("seed", 100_000), arguments.Time("duration", TimeSpan.FromHours(1)), arguments.Number("operations", 0),
            Enum.Parse<BrokenRule>(arguments.Text("broken", nameof(BrokenRule.None))),
            new SimLimits(arguments.Number("clients", int.MaxValue), arguments.Number("calls", int.MaxValue), arguments.Number("faults", int.MaxValue)),
            Console.WriteLine);
        Console.WriteLine(isGood ? "OK: every history can be explained" : "FAILED");
        return Task.FromResult(isGood ? 0 : 1);
    }

    /// <summary>Pairs of a name and a value.</summary>
    private sealed class RunArguments(IReadOnlyDictionary<string, string> values)
    {
        public static bool TryParse(string[] args, out RunArguments arguments)
        {
            var pairs = args.Chunk(2).ToList();
            var isGood = pairs.TrueForAll(pair => pair.Length == 2 && pair[0].StartsWith("--", StringComparison.Ordinal));
            arguments = new RunArguments(isGood ? pairs.ToDictionary(pair => pair[0][2..], pair => pair[1]) : []);
            return isGood;
        }

        public string Text(string name, string usual) => values.TryGetValue(name, out var text) ? text : usual;

        public int Number(string name, int usual) =>
            values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

        public TimeSpan Time(string name, TimeSpan usual) =>
            !values.TryGetValue(name, out var text) ? usual
            : SizeText.TryParseTime(text, out var time) ? time : throw new FormatException($"--{name} is a time such as 30s or 10m");
    }
}
