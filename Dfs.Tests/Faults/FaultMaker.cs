using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Faults;

/// <summary>Kills, freezes, cuts off and drains nodes, and moves their clocks, at random from one seed; each fault ends by itself.</summary>
/// <remarks>Which faults come, and when, is the seed's; what the nodes make of it is not.</remarks>
/// <param name="network">Null: nothing is cut.</param>
/// <param name="clocks">Null: no clock is moved.</param>
internal sealed class FaultMaker(
    LocalNodes nodes, IReadOnlyList<NodeDoor> doors, Disturbances disturbances, NodeNetwork? network, NodeClocks? clocks, int seed)
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(60);

    private readonly Random _random = new(seed);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ConcurrentQueue<string> _notes = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly List<Task> _running = [];
    private readonly HashSet<int> _drained = [];
    private bool _isOver;

    /// <summary>Faults, in order, with the seconds since the begin.</summary>
    public IReadOnlyCollection<string> Notes => _notes;

    public IReadOnlyDictionary<string, int> Counts => _counts;

    private int Count => doors.Count;

    /// <summary>Begins a fault every two seconds or so, until it is told to stop; then ends them all and waits until every process runs.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Begin();
            try
            {
                await Task.Delay(_random.Next(500, 3_500), stop);
            }
            catch (OperationCanceledException)
            {
                // The faults are over.
            }
        }

        _isOver = true;
        network?.MendAll();
        await Task.WhenAll(_running).WaitAsync(EndTimeout, CancellationToken.None);
        network?.MendAll();
        foreach (var node in _drained)
        {
            await UntilDoneAsync(node, "undrain");
        }

        Note("faults end");
    }

    private void Begin()
    {
        var node = _random.Next(Count);
        var lasting = TimeSpan.FromMilliseconds(_random.Next(10) == 0 ? _random.Next(8_000, 20_000) : _random.Next(200, 6_000));
        switch (_random.Next(100))
        {
            case < 27: Keep("kill -9", KillAsync([node], lasting)); break;
            case < 30: Keep("kill -9 of all", KillAsync([.. Enumerable.Range(0, Count)], TimeSpan.Zero)); break;
            case < 50: Keep("SIGSTOP", FreezeAsync(node, lasting)); break;
            case < 80 when network is not null: Cut(network, node, lasting); break;
            case < 90 when clocks is not null: MoveClock(clocks, node); break;
            default: Keep("layout change", ChangeLayoutAsync(node)); break;
        }
    }

    private void Keep(string what, Task fault)
    {
        _counts.AddOrUpdate(what, 1, (_, count) => count + 1);
        _running.Add(fault);
    }

    private async Task KillAsync(IReadOnlyList<int> victims, TimeSpan lasting)
    {
        var killed = victims.Where(disturbances.TryBegin).ToList();
        foreach (var node in killed)
        {
            Note($"{nodes[node].Name} is killed for {Seconds(lasting)}");
            nodes[node].Kill();
        }

        await DelayAsync(lasting);
        foreach (var node in killed)
        {
            nodes.Start(nodes[node]);
            disturbances.End(node);
        }
    }

    private async Task FreezeAsync(int node, TimeSpan lasting)
    {
        if (disturbances.TryBegin(node))
        {
            Note($"{nodes[node].Name} is frozen for {Seconds(lasting)}");
            nodes[node].Pause();
            await DelayAsync(lasting);
            nodes[node].Continue();
            Note($"{nodes[node].Name} goes on");
            disturbances.End(node);
        }
    }

    private void Cut(NodeNetwork network, int node, TimeSpan lasting)
    {
        var others = Enumerable.Range(0, Count).Where(other => other != node).ToList();
        var minority = Enumerable.Range(0, Count).OrderBy(_ => _random.Next()).Take(Count / 2).ToList();
        var (what, ways) = _random.Next(6) switch
        {
            0 => ("cut off", others.SelectMany(other => Both(node, other))),
            1 => ("deaf", others.Select(other => (other, node))),
            2 => ("dumb", others.Select(other => (node, other))),
            3 => ("one-way cut", [(node, others[_random.Next(others.Count)])]),
            4 => ("two halves", minority.SelectMany(one => Enumerable.Range(0, Count).Except(minority).SelectMany(other => Both(one, other)))),
            _ => ("flapping", Both(node, others[_random.Next(others.Count)])),
        };
        Keep($"partition: {what}", CutAsync(network, what, [.. ways], what == "flapping" ? 5 : 1, lasting));

        static IEnumerable<(int, int)> Both(int one, int other) => [(one, other), (other, one)];
    }

    private async Task CutAsync(NodeNetwork network, string what, List<(int From, int To)> ways, int times, TimeSpan lasting)
    {
        Note($"{what} for {Seconds(lasting)}: {string.Join(' ', ways.Select(way => $"{way.From + 1}→{way.To + 1}"))}");
        for (var time = 0; time < times && !_isOver; time++)
        {
            ways.ForEach(way => network.Cut(way.From, way.To));
            await DelayAsync(lasting / times);
            ways.ForEach(way => network.Mend(way.From, way.To));
            await DelayAsync(time + 1 < times ? lasting / times : TimeSpan.Zero);
        }

        Note($"{what} ends");
    }

    private void MoveClock(NodeClocks clocks, int node)
    {
        TimeSpan[] jumps =
            [TimeSpan.Zero, TimeSpan.FromSeconds(3), TimeSpan.FromHours(1), TimeSpan.FromHours(-1), TimeSpan.FromDays(365), TimeSpan.FromDays(-365)];
        var jump = jumps[_random.Next(jumps.Length)];
        Note($"{nodes[node].Name}'s clock goes {jump} beside the others");
        clocks.Move(node, jump);
        Keep("clock jump", Task.CompletedTask);
    }

    // At most one is away at a time: three replicas want three nodes, and two may be down.
    private async Task ChangeLayoutAsync(int node)
    {
        var command = _drained.Count == 0 ? "drain" : "undrain";
        if (command == "undrain")
        {
            node = _drained.Single();
        }

        var through = _random.Next(Count);
        var answer = await doors[through].LayoutAsync(command, nodes[node].Name);
        Note($"{command} {nodes[node].Name} through {nodes[through].Name}: {answer.Heard} {answer.Said}");
        if (command == "drain" && answer.Heard is not (Heard.NotDone or Heard.Refused))
        {
            _drained.Add(node);
        }
        else if (command == "undrain" && answer.Heard == Heard.Done)
        {
            _drained.Remove(node);
        }
    }

    private Task UntilDoneAsync(int node, string command) => Eventually.HoldsAsync(
        async () =>
        {
            var answer = await doors[node].LayoutAsync(command, nodes[node].Name);
            Note($"{command} {nodes[node].Name}: {answer.Heard} {answer.Said}");
            return answer.Heard == Heard.Done;
        },
        EndTimeout, $"{command} of {nodes[node].Name}");

    // In steps, so that the end of the run ends it.
    private async Task DelayAsync(TimeSpan time)
    {
        for (var begin = _clock.Elapsed; !_isOver && _clock.Elapsed - begin < time;)
        {
            await Task.Delay(50);
        }
    }

    private void Note(string text) => _notes.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,8:0.000}  {text}"));

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
