using Akka.Cluster;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Membership.Embedded;

/// <summary>
/// Nodes over a network that loses, delays and reorders and can be cut, also one way; processes that are killed, stopped, frozen and started again; clocks that are days
/// to years apart. Time passes in seconds.
/// </summary>
/// <remarks>All that happens follows from the seed.</remarks>
internal sealed class SimulatedCluster
{
    public static readonly ClusterId Id = new(new Bytes16(1, 1));

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Random _random;
    private readonly HashSet<(int From, int To)> _cuts = [];
    private List<Letter> _onTheWay = [];
    private int _lastUid, _round;

    public SimulatedCluster(int seed, int nodes)
    {
        _random = new Random(seed);
        Nodes = [.. Enumerable.Range(0, nodes).Select(number => new SimulatedNode(number, this))];
        Layout = new LayoutView(Nodes.Select(node => node.Replica).ToHashSet(), seen => seen.Count > Nodes.Count / 2);
        Start();
    }

    public IReadOnlyList<SimulatedNode> Nodes { get; }

    public LayoutView Layout { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    private bool IsWhole
    {
        get
        {
            var first = Nodes[0].State?.Gossip;
            return first is not null && Nodes.All(node => node.State is { Gossip: var gossip } state
                && state.Members.Count == Nodes.Count
                && Nodes.All(other => gossip.StatusOf(other.Node) == MemberStatus.Up && gossip.Reachability.IsReachable(other.Node))
                && gossip.Version.CompareTo(first.Version) == ClockOrder.Same
                && gossip.Tombstones.SequenceEqual(first.Tombstones));
        }
    }

    public int NextUid() => ++_lastUid;

    public UniqueAddress OneOf(UniqueAddress[] nodes) => nodes[_random.Next(nodes.Length)];

    /// <param name="every">One fault in so many seconds, on average.</param>
    public void Disturb(int seconds, int every)
    {
        for (var second = 0; second < seconds; second++)
        {
            if (_random.Next(every) == 0)
            {
                Harm(Nodes[_random.Next(Nodes.Count)], Nodes[_random.Next(Nodes.Count)]);
            }

            Pass(lossPercent: 5);
        }
    }

    /// <summary>Nothing goes wrong any more.</summary>
    /// <returns>After how many seconds all were up and had the same, and stayed so for some more; null when that took longer than so many.</returns>
    public int? SecondsUntilWhole(int secondsMax)
    {
        _cuts.Clear();
        var whole = 0;
        for (var second = 0; second < secondsMax; second++)
        {
            // Also who was about to stop.
            Start();
            Pass(lossPercent: 0);
            whole = IsWhole ? whole + 1 : 0;
            if (whole == 15)
            {
                return second - whole + 1;
            }
        }

        return null;
    }

    public void Send(SimulatedNode from, int to, object message) => _onTheWay.Add(new Letter(from, to, message));

    /// <summary>Whether a connection comes about: bytes go both ways, and somebody is there who answers.</summary>
    public bool Connects(SimulatedNode one, SimulatedNode other) =>
        other is { HasSystem: true, IsFrozen: false } && !_cuts.Contains((one.Number, other.Number)) && !_cuts.Contains((other.Number, one.Number));

    /// <summary>Whether that incarnation answers a heartbeat.</summary>
    public bool Answers(SimulatedNode one, UniqueAddress other) =>
        Nodes[SimulatedNode.NumberOf(other.Address)] is var node && node.Node == other && Connects(one, node);

    public override string ToString() => string.Join('\n', Nodes);

    private void Start()
    {
        foreach (var node in Nodes)
        {
            node.IsFrozen = false;
            if (!node.IsRunning)
            {
                node.Start();
            }
        }
    }

    private void Harm(SimulatedNode node, SimulatedNode other)
    {
        switch (_random.Next(11))
        {
            case 0: node.Kill(); break;
            case 1 or 2 when !node.IsRunning: node.Start(); break;
            case 3: node.IsFrozen = node.IsRunning; break;
            case 4: node.IsFrozen = false; break;
            case 5: _cuts.Add((node.Number, other.Number)); break;
            case 6: Part(); break;
            case 7 or 8: _cuts.Clear(); break;
            case 9: node.ClockAhead = TimeSpan.FromDays(_random.Next(-800, 800)); break;
            case 10 when node is { HasSystem: true, IsFrozen: false }: node.Leave(); break;
            default: break;
        }
    }

    /// <summary>In two parts that hear nothing of each other.</summary>
    private void Part()
    {
        var sides = Nodes.Select(_ => _random.Next(2)).ToArray();
        _cuts.UnionWith(Nodes.SelectMany(one => Nodes.Where(other => sides[one.Number] != sides[other.Number]).Select(other => (one.Number, other.Number))));
    }

    private void Pass(int lossPercent)
    {
        Now += Second;
        _round++;
        foreach (var node in Shuffled(Nodes).Where(node => node is { HasSystem: true, IsFrozen: false }))
        {
            node.Live(_round);
        }

        for (var step = 0; step < 4; step++)
        {
            Deliver(lossPercent);
        }
    }

    private void Deliver(int lossPercent)
    {
        var letters = Shuffled(_onTheWay);
        _onTheWay = [];
        foreach (var letter in letters)
        {
            var to = Nodes[letter.To];
            if (to.IsFrozen || _random.Next(4) == 0)
            {
                _onTheWay.Add(letter);
            }
            else if (to.HasSystem && !_cuts.Contains((letter.From.Number, letter.To)) && _random.Next(100) >= lossPercent)
            {
                to.Receive(letter.From, letter.Message);
            }
        }
    }

    private T[] Shuffled<T>(IEnumerable<T> items)
    {
        T[] shuffled = [.. items];
        _random.Shuffle(shuffled);
        return shuffled;
    }

    private sealed record Letter(SimulatedNode From, int To, object Message);
}
