using System.Diagnostics;
using System.Globalization;
using Dfs.Tests.Processes;
using Dfs.Tests.Simulation;

namespace Dfs.Tests.Faults;

/// <summary>Real nodes under load and random faults; afterwards every key's history must have an explanation.</summary>
internal sealed class NemesisRun
{
    private const string Settings = """
        dfs.layout.settle-seconds = 1
        akka.cluster {
          failure-detector.acceptable-heartbeat-pause = 2s
          split-brain-resolver.stable-after = 3s
        }
        """;

    private static readonly TimeSpan WholeTimeout = TimeSpan.FromSeconds(120), ReadTimeout = TimeSpan.FromSeconds(60);

    private readonly NemesisOptions _options;
    private readonly Action<string> _say;
    private readonly List<string> _wrong = [];

    private NemesisRun(NemesisOptions options, Action<string> say) => (_options, _say) = (options, say);

    /// <param name="say">Takes the summary, line by line.</param>
    /// <returns>What went wrong; empty when everything can be explained.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(NemesisOptions options, Action<string> say)
    {
        var run = new NemesisRun(options, say);
        await run.RunAsync();
        return run._wrong;
    }

    private async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dfs-nemesis-");
        try
        {
            using var network = NodeNetwork.TryCreate(_options.Nodes);
            var clocks = NodeClocks.TryCreate(folder.FullName);
            _say($"seed {_options.Seed}: {_options.Nodes} nodes, {_options.Clients} clients, {_options.Duration.TotalSeconds:0} s of faults; "
                + $"network {(network is null ? "is left alone (no namespaces here)" : "can be cut")}, clocks {(clocks is null ? "are left alone (no C compiler here)" : "can be moved")}");
            await using var nodes = new LocalNodes(_options.Nodes, null, Settings, placeOf: node => new NodePlace(
                network is null ? NodePlace.Loopback.Host : NodeNetwork.HostOf(node), network?.LauncherOf(node) ?? [],
                clocks?.EnvironmentOf(node) ?? NodePlace.Loopback.Environment));
            await RunAsync(nodes, network, clocks);
            if (_wrong.Count > 0)
            {
                Save(nodes);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task RunAsync(LocalNodes nodes, NodeNetwork? network, NodeClocks? clocks)
    {
        var doors = nodes.All.Select((node, index) => new NodeDoor(node, network, index)).ToList();
        try
        {
            nodes.Start(nodes.All);
            if (!await IsWholeAsync(doors, "the nodes are ready"))
            {
                return;
            }

            var disturbances = new Disturbances(doors.Count);
            var load = new KeyLoad(doors, disturbances, _options.Duration);
            var faults = new FaultMaker(nodes, doors, disturbances, network, clocks, _options.Seed);
            using (var stop = new CancellationTokenSource(_options.Duration))
            {
                await Task.WhenAll(Enumerable.Range(0, _options.Clients).Select(client => load.WorkAsync(_options.Seed + client + 1, stop.Token))
                    .Append(faults.RunAsync(stop.Token)));
            }

            var clock = Stopwatch.StartNew();
            if (await IsWholeAsync(doors, "every node is ready again and the layout is at rest"))
            {
                _say(string.Create(CultureInfo.InvariantCulture, $"whole again {clock.Elapsed.TotalSeconds:0.0} s after the last fault"));
                await ReadEverythingAsync(load, doors.Count);
            }

            Check(load);
            Summarize(load, faults);
        }
        finally
        {
            doors.ForEach(door => door.Dispose());
        }
    }

    private async Task<bool> IsWholeAsync(List<NodeDoor> doors, string what)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var views = await Task.WhenAll(doors.Select(door => door.StatusAsync()));
            if (views.All(view => view is { Ready: true, LayoutChanging: false } && view.Peers.Count(peer => peer.InLayout) == doors.Count
                && view.Layout == views[0]!.Layout))
            {
                return true;
            }

            if (clock.Elapsed > WholeTimeout)
            {
                _wrong.Add($"not within {WholeTimeout.TotalSeconds:0} s: {what}\n" + string.Join('\n', views.Zip(doors, (view, door) =>
                    $"  {door.Node.Name}: " + (view is null ? "does not answer" : $"ready {view.Ready} {view.NotReadyBecause} layout {view.Layout} changing {view.LayoutChanging}, "
                        + string.Join(' ', view.Peers.Select(peer => $"{peer.Name}:{peer.State}{(peer.InLayout ? "" : ":out")}{(peer.Leaving ? ":leaving" : "")}"))))));
                return false;
            }

            await Task.Delay(200);
        }
    }

    private async Task ReadEverythingAsync(KeyLoad load, int nodes)
    {
        var unread = 0;
        await Parallel.ForEachAsync(load.Keys, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (key, _) =>
        {
            for (var node = 0; node < nodes; node++)
            {
                if (!await load.ReadUntilAnsweredAsync(key, node, ReadTimeout))
                {
                    Interlocked.Increment(ref unread);
                }
            }
        });
        for (var node = 0; node < nodes; node++)
        {
            if (!await load.ListUntilAnsweredAsync(node, ReadTimeout))
            {
                _wrong.Add($"no listing at the end through node {node + 1}");
            }
        }

        _say($"read back and listed: {load.Keys.Count} keys from each of {nodes} nodes{(unread > 0 ? $", {unread} could not be read" : "")}");
        if (unread > 0)
        {
            _wrong.Add($"{unread} of {load.Keys.Count * nodes} reads at the end found no answer");
        }
    }

    private void Check(KeyLoad load)
    {
        var unexplained = load.Keys.AsParallel().Where(key => !LinearizabilityChecker.IsLinearizable(key.Calls)).ToList();
        _wrong.AddRange(unexplained.Select(key =>
            $"{key.Name} has no explanation (times in µs):\n{key.Story}"));
        _wrong.AddRange(load.Wrong);
        _say($"histories: {load.Keys.Count} keys, {load.Keys.Sum(key => key.Calls.Count)} calls that say something, "
            + (unexplained.Count == 0 ? "every key linearizable" : $"{unexplained.Count} keys WITHOUT AN EXPLANATION"));
    }

    private void Summarize(KeyLoad load, FaultMaker faults)
    {
        _say("calls: " + Counted(load.Counts));
        _say("faults: " + Counted(faults.Counts));
        foreach (var (time, begin, what) in load.LongestWaits)
        {
            _say(string.Create(CultureInfo.InvariantCulture, $"long wait for an answer of a node that ran: {time.TotalSeconds:0.00} s from {begin.TotalSeconds:0.0} s on ({what})"));
        }

        if (_wrong.Count > 0)
        {
            _wrong.Add("faults:\n" + string.Join('\n', faults.Notes));
        }
    }

    private void Save(LocalNodes nodes)
    {
        var file = Path.Combine(Path.GetTempPath(), $"dfs-nemesis-{_options.Seed}.txt");
        File.WriteAllText(file, string.Join("\n\n", _wrong) + "\n\n" + string.Join("\n", nodes.All.Select(node => $"===== {node.Name}\n{node.Log}")));
        _say($"what went wrong, with faults and logs: {file}");
    }

    private static string Counted(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Value} {count.Key}"));
}
