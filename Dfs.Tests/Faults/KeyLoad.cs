using System.Collections.Concurrent;
using System.Diagnostics;
using Dfs.Tests.Simulation;

namespace Dfs.Tests.Faults;

/// <summary>Clients that put, get, remove, swap and list few keys at a time, through any node, and write down what they hear.</summary>
/// <remarks>
/// Values are numbers; each number is put at most once, so that what a read saw says which put it was. A key gets at most
/// <see cref="LoadedKey.CallsMax"/> calls, as many as the checker can explain, and the next takes its place; some get theirs spread over the
/// whole run. Times of calls are in microseconds.
/// </remarks>
internal sealed class KeyLoad
{
    private const int HotKeys = 4, SlowKeys = 8, ListEvery = 20, WaitsKept = 10;

    private readonly IReadOnlyList<NodeDoor> _doors;
    private readonly Disturbances _disturbances;
    private readonly LoadedKey[] _slow, _hot;
    private readonly ConcurrentBag<LoadedKey> _keys = [];
    private readonly ConcurrentDictionary<string, int> _counts = new();
    // By version, as far as anybody heard it.
    private readonly ConcurrentDictionary<string, int> _valueOf = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private int _lastValue, _lastCall;
    private readonly List<(TimeSpan Time, TimeSpan Begin, string What)> _longest = [];

    public KeyLoad(IReadOnlyList<NodeDoor> doors, Disturbances disturbances, TimeSpan duration)
    {
        (_doors, _disturbances) = (doors, disturbances);
        _slow = [.. Enumerable.Range(0, SlowKeys).Select(_ => NewKey(duration / 25))];
        _hot = [.. Enumerable.Range(0, HotKeys).Select(_ => NewKey(TimeSpan.Zero))];
    }

    public IReadOnlyCollection<LoadedKey> Keys => _keys;

    /// <summary>How often each call heard what.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>What must not be, whatever fails: contents that nobody put, answers that never came.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary>Of calls to nodes that ran from the call's begin to its end: the longest first.</summary>
    public IReadOnlyList<(TimeSpan Time, TimeSpan Begin, string What)> LongestWaits => _longest;

    public TimeSpan Now => _clock.Elapsed;

    /// <summary>One client, until it is told to stop.</summary>
    public async Task WorkAsync(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            var node = random.Next(_doors.Count);
            var heard = random.Next(ListEvery) == 0
                ? await ListAsync(node, [.. _keys.Where(key => key.TryList(_clock.Elapsed))]) : await CallAsync(Choose(random), node, KindOf(random), random);
            var pause = heard == Heard.NotDone ? random.Next(20, 200) : random.Next(40);
            await Task.Delay(pause, CancellationToken.None);
        }
    }

    /// <summary>Reads a key through a node until it is answered.</summary>
    public async Task<bool> ReadUntilAnsweredAsync(LoadedKey key, int node, TimeSpan within)
    {
        for (var begin = _clock.Elapsed; _clock.Elapsed - begin < within;)
        {
            if (await CallAsync(key, node, CallKind.Read, new Random(key.Number)) is Heard.Done or Heard.Refused)
            {
                return true;
            }

            await Task.Delay(200);
        }

        return false;
    }

    /// <summary>Lists through a node until it is answered; every key has to be in it, or not, as it ended.</summary>
    public async Task<bool> ListUntilAnsweredAsync(int node, TimeSpan within)
    {
        for (var begin = _clock.Elapsed; _clock.Elapsed - begin < within;)
        {
            if (await ListAsync(node, [.. _keys]) == Heard.Done)
            {
                return true;
            }

            await Task.Delay(200);
        }

        return false;
    }

    private static CallKind KindOf(Random random) => random.Next(100) switch
    {
        < 25 => CallKind.Put,
        < 50 => CallKind.Swap,
        < 65 => CallKind.Remove,
        _ => CallKind.Read,
    };

    private LoadedKey NewKey(TimeSpan every)
    {
        var key = new LoadedKey(_keys.Count, every);
        _keys.Add(key);
        return key;
    }

    private LoadedKey Choose(Random random)
    {
        var slow = _slow[random.Next(_slow.Length)];
        if (slow.TryBegin(_clock.Elapsed))
        {
            return slow;
        }

        var slot = random.Next(_hot.Length);
        lock (_lock)
        {
            if (_hot[slot].IsUsedUp)
            {
                _hot[slot] = NewKey(TimeSpan.Zero);
            }

            var isBegun = _hot[slot].TryBegin(_clock.Elapsed);
            Assert.True(isBegun, "a key that is not used up takes a call");
            return _hot[slot];
        }
    }

    private async Task<Heard> CallAsync(LoadedKey key, int node, CallKind kind, Random random)
    {
        var (door, seen) = (_doors[node], key.LastSeen);
        var value = kind is CallKind.Put or CallKind.Swap ? Interlocked.Increment(ref _lastValue) : 0;
        var call = new ClientCall(
            Interlocked.Increment(ref _lastCall), key.Number, kind, value, seen.Value, CallEnd.Indeterminate, ClientCall.Untold,
            Microseconds(), long.MaxValue);
        var disturbances = _disturbances.CountOf(node);
        var begin = _clock.Elapsed;
        var answer = await (kind switch
        {
            CallKind.Put => door.PutAsync(key.Name, LoadContent.Of(value, random.Next(4) == 0), null),
            CallKind.Swap => door.PutAsync(key.Name, LoadContent.Of(value, random.Next(4) == 0), seen.Version),
            CallKind.Remove => door.RemoveAsync(key.Name),
            _ => door.GetAsync(key.Name),
        });
        Count(kind.ToString(), answer);
        if (disturbances == _disturbances.CountOf(node) && !_disturbances.IsDisturbed(node))
        {
            Waited(begin, $"{kind} of {key.Name} through {door.Node.Name}, {answer.Heard} {answer.Said}".ToLowerInvariant(), answer.Heard);
        }

        var ended = Ended(call, answer);
        key.Tell(call.Invoked, $"{ended?.ToString() ?? $"{call} → {Microseconds()}, no effect"} ({door.Node.Name}: {answer.Heard} {answer.Said})");
        if (ended is not null)
        {
            Learn(key, ended, answer);
            key.Add(ended);
        }

        return answer.Heard;
    }

    // What a listing shows, or does not show, of a name is a read of it.
    private async Task<Heard> ListAsync(int node, IReadOnlyList<LoadedKey> counted)
    {
        var (door, invoked, begin) = (_doors[node], Microseconds(), _clock.Elapsed);
        var disturbances = _disturbances.CountOf(node);
        var answer = await door.ListAsync();
        var returned = Microseconds();
        Count("list", answer);
        if (disturbances == _disturbances.CountOf(node) && !_disturbances.IsDisturbed(node))
        {
            Waited(begin, $"list through {door.Node.Name}, {answer.Heard} {answer.Said}".ToLowerInvariant(), answer.Heard);
        }

        if (answer.Heard != Heard.Done)
        {
            return answer.Heard;
        }

        foreach (var key in counted)
        {
            var value = !answer.Listed.TryGetValue(key.Name, out var version) ? 0 : _valueOf.GetValueOrDefault(version, ClientCall.Untold);
            var call = new ClientCall(
                Interlocked.Increment(ref _lastCall), key.Number, CallKind.Listed, 0, 0, CallEnd.Done, value, invoked, returned);
            key.Tell(invoked, $"{call} ({door.Node.Name})");
            key.Add(call);
        }

        foreach (var name in answer.Listed.Keys.Except(_keys.Select(key => key.Name)))
        {
            _wrong.Enqueue($"{name} is listed, and nobody put it");
        }

        return Heard.Done;
    }

    private void Count(string what, DoorAnswer answer) => _counts.AddOrUpdate(
        $"{what} {answer.Heard}{(answer.Heard is Heard.NotDone or Heard.Unknown ? $" ({answer.Said.Split(':')[0]})" : "")}".ToLowerInvariant(), 1, (_, count) => count + 1);

    private void Waited(TimeSpan begin, string what, Heard heard)
    {
        var time = _clock.Elapsed - begin;
        lock (_lock)
        {
            var shorter = _longest.FindIndex(wait => wait.Time < time);
            _longest.Insert(shorter < 0 ? _longest.Count : shorter, (time, begin, what));
            _longest.RemoveRange(Math.Min(WaitsKept, _longest.Count), Math.Max(0, _longest.Count - WaitsKept));
        }

        if (heard == Heard.GaveUp)
        {
            _wrong.Enqueue($"no answer within {NodeDoor.Patience.TotalSeconds:0} s from a node that ran: {what}");
        }
    }

    /// <returns>Null for what had no effect and says nothing.</returns>
    private ClientCall? Ended(ClientCall call, DoorAnswer answer)
    {
        var done = call with { Returned = Microseconds() };
        switch (answer.Heard)
        {
            case Heard.Done when call.Kind == CallKind.Read:
                if (LoadContent.ValueOf(answer.Content!) is { } value)
                {
                    return done with { End = CallEnd.Done, Result = value };
                }

                _wrong.Enqueue($"key-{call.Key} has {answer.Content!.Length} bytes that nobody put");
                return null;
            case Heard.Done:
                return done with { End = CallEnd.Done };
            case Heard.Refused when call.Kind == CallKind.Read:
                return done with { End = CallEnd.Done, Result = 0 };
            case Heard.Refused:
                return done with { End = CallEnd.Refused, Result = call.Kind == CallKind.Remove ? 0 : ClientCall.Untold };
            case Heard.NotDone:
                return null;
            default:
                return call.Kind == CallKind.Read ? null : call;
        }
    }

    private void Learn(LoadedKey key, ClientCall call, DoorAnswer answer)
    {
        if (call.End == CallEnd.Done)
        {
            var value = call.Kind switch { CallKind.Read => call.Result, CallKind.Remove => 0, _ => call.Argument };
            key.See(value, value == 0 ? "" : answer.Version);
            if (value != 0)
            {
                _valueOf[answer.Version] = value;
            }
        }
    }

    private long Microseconds() => _clock.Elapsed.Ticks / TimeSpan.TicksPerMicrosecond;
}
