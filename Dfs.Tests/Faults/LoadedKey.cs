using Dfs.Tests.Simulation;

namespace Dfs.Tests.Faults;

/// <summary>One file's name under load, and everything that was done to it and heard.</summary>
/// <param name="number">The key in the calls.</param>
/// <param name="every">How long it rests between two bursts of calls; zero: never.</param>
internal sealed class LoadedKey(int number, TimeSpan every)
{
    /// <summary>100 calls change and read it; what is left of the checker's 128 is for listings and for the reads at the end.</summary>
    public const int CallsMax = 100;

    /// <summary>Twelve listings count for it while it is under load.</summary>
    private const int ListingsMax = 12;

    private const int BurstCalls = 4;

    private readonly Lock _lock = new();
    private readonly List<ClientCall> _calls = [];
    private readonly List<(long Invoked, string Line)> _story = [];
    private (int Value, string Version) _lastSeen = (0, "");
    private int _begun, _listed;
    private TimeSpan _due, _listingDue;

    public int Number => number;

    public string Name => $"key-{number}";

    public IReadOnlyList<ClientCall> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>All calls in the order of their begin, those too that had no effect, with whom they asked and what was said.</summary>
    public string Story
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _story.OrderBy(told => told.Invoked).Select(told => told.Line));
            }
        }
    }

    /// <summary>A value that somebody saw, with its version; 0 when absent.</summary>
    public (int Value, string Version) LastSeen
    {
        get
        {
            lock (_lock)
            {
                return _lastSeen;
            }
        }
    }

    public bool IsUsedUp
    {
        get
        {
            lock (_lock)
            {
                return _begun >= CallsMax;
            }
        }
    }

    /// <summary>Takes one of its calls, when there is one left and it does not rest.</summary>
    public bool TryBegin(TimeSpan now)
    {
        lock (_lock)
        {
            if (_begun >= CallsMax || now < _due)
            {
                return false;
            }

            _begun++;
            _due = every > TimeSpan.Zero && _begun % BurstCalls == 0 ? now + every : _due;
            return true;
        }
    }

    /// <summary>Lets one more listing count for it.</summary>
    public bool TryList(TimeSpan now)
    {
        lock (_lock)
        {
            if (_listed >= ListingsMax || now < _listingDue)
            {
                return false;
            }

            _listed++;
            _listingDue = now + every;
            return true;
        }
    }

    public void See(int value, string version)
    {
        lock (_lock)
        {
            _lastSeen = (value, version);
        }
    }

    public void Add(ClientCall call)
    {
        lock (_lock)
        {
            _calls.Add(call);
        }
    }

    public void Tell(long invoked, string line)
    {
        lock (_lock)
        {
            _story.Add((invoked, line));
        }
    }
}
