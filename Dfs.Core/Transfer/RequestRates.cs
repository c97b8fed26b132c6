using Dfs.Core.Primitives;

namespace Dfs.Core.Transfer;

/// <summary>Says which requests pass, so that no name makes more than a rate of them; what is over it is refused, and takes nothing.</summary>
/// <remarks>
/// No clock and no lock of its own. A token bucket for each name, kept as the time at which what passed is paid for (ITU-T I.371, Annex A: GCRA).
/// Invariant: of the requests of one name that is not forgotten, at most the rate times t, and a second's worth more, pass in any time t.
/// At most <see cref="NamesMax"/> names are known; for one more, the name that asked longest ago is forgotten, and may then begin with a second's worth.
/// </remarks>
public sealed class RequestRates
{
    /// <summary>4,096 names: below 1 MB of memory.</summary>
    public const int NamesMax = 4096;

    /// <summary>What was saved up may be used at once: requests come in groups (a page, a listing and its files).</summary>
    public static readonly TimeSpan BurstTime = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, LinkedListNode<Account>> _accounts = new(StringComparer.Ordinal);

    /// <summary>The name that asked longest ago comes first.</summary>
    private readonly LinkedList<Account> _byLastAsked = new();

    private readonly TimeSpan _price;
    private readonly TimeSpan _credit;

    /// <param name="perSecond">1 to 1,000,000.</param>
    public RequestRates(int perSecond)
    {
        Invariant.Holds(perSecond is > 0 and <= 1_000_000, $"a rate of requests is 1 to 1,000,000 ({perSecond} a second)");
        // Rounded up: never more than the rate passes.
        _price = new TimeSpan((BurstTime.Ticks + perSecond - 1) / perSecond);
        _credit = _price * perSecond;
    }

    /// <summary>How many names are known.</summary>
    public int Names => _accounts.Count;

    /// <summary>Asks for one request.</summary>
    /// <param name="now">Does not go back.</param>
    /// <returns>Zero when it passes; else how long until one of this name would.</returns>
    public TimeSpan Take(string name, TimeSpan now)
    {
        var paidAt = Find(name, now);
        var next = (paidAt > now ? paidAt : now) + _price;
        if (next - now > _credit)
        {
            return next - now - _credit;
        }

        _accounts[name].Value = new Account(name, next);
        return TimeSpan.Zero;
    }

    private TimeSpan Find(string name, TimeSpan now)
    {
        if (_accounts.TryGetValue(name, out var known))
        {
            _byLastAsked.Remove(known);
            _byLastAsked.AddLast(known);
            return known.Value.PaidAt;
        }

        if (_accounts.Count == NamesMax)
        {
            _accounts.Remove(_byLastAsked.First!.Value.Name);
            _byLastAsked.RemoveFirst();
        }

        _accounts.Add(name, _byLastAsked.AddLast(new Account(name, now)));
        return now;
    }

    private readonly record struct Account(string Name, TimeSpan PaidAt);
}
