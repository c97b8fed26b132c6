namespace Dfs.Tests.Simulation;

/// <summary>Time and network: one queue of events, in milliseconds, everything drawn from one seed.</summary>
internal sealed class SimWorld(int seed)
{
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly HashSet<(int From, int To)> _blocked = [];
    private long _order;

    public int Seed => seed;

    public Random Random { get; } = new(seed);

    public long Now { get; private set; }

    /// <summary>Loss, duplicates and long delays; off once the faults are over.</summary>
    public bool IsCalm { get; set; }

    /// <summary>Faults, in order; for the story.</summary>
    public List<string> Notes { get; } = [];

    public void Note(string text) => Notes.Add($"{Now,6}   {text}");

    public void After(long delay, Action action) => _events.Enqueue(action, (Now + delay, _order++));

    public void RunUntil(long end)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= end)
        {
            Now = next.At;
            _events.Dequeue()();
        }

        Now = end;
    }

    /// <summary>Delivers once, never, or twice; any later message may be earlier.</summary>
    public void Send(int from, int to, Action deliver)
    {
        var copies = IsCalm ? 1 : Random.Next(100) switch { < 5 => 0, < 10 => 2, _ => 1 };
        for (; copies > 0; copies--)
        {
            var isSlow = !IsCalm && Random.Next(100) < 4;
            After(from == to ? 0 : Random.Next(1, isSlow ? 600 : 15), () =>
            {
                if (!_blocked.Contains((from, to)))
                {
                    deliver();
                }
            });
        }
    }

    public void Block(int from, int to)
    {
        Note($"link {from} → {to} is cut");
        _blocked.Add((from, to));
    }

    public void Unblock(int from, int to) => _blocked.Remove((from, to));

    public void UnblockAll() => _blocked.Clear();

    public bool Chance(int percent) => Random.Next(100) < percent;
}
