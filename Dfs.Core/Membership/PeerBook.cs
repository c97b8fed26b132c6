using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Membership;

/// <summary>Remembers what peers said of themselves, and whom to ask.</summary>
/// <remarks>
/// Pure. Invariants: one card a replica, of its highest start; one replica an address, the one heard last; at most
/// <see cref="AddressesMax"/> addresses.
/// </remarks>
public sealed record PeerBook
{
    /// <summary>Four times a full cluster: nodes that moved leave old addresses behind.</summary>
    public const int AddressesMax = 4 * NodeCard.KnownMax;

    private PeerBook() { }

    public ImmutableSortedDictionary<ReplicaId, HeardCard> Cards { get; private init; } =
        ImmutableSortedDictionary<ReplicaId, HeardCard>.Empty;

    /// <summary>Where a node may be, this one's own address left out.</summary>
    public ImmutableSortedSet<string> Addresses { get; private init; } = [];

    public ReplicaId Self { get; private init; }

    public string SelfAddress { get; private init; } = "";

    /// <param name="seeds">Addresses that are asked from the first moment on.</param>
    public static PeerBook Start(ReplicaId self, string selfAddress, IEnumerable<string> seeds) => new()
    {
        Self = self,
        SelfAddress = selfAddress,
        Addresses = [.. seeds.Where(seed => seed != selfAddress).Take(AddressesMax)],
    };

    /// <summary>Takes in a card; one of an earlier start than known is a rolled-back directory and is left out, and so is one that says to be this node.</summary>
    /// <param name="clockUnixMs">What the wall clock here shows.</param>
    public PeerBook Hear(NodeCard card, TimeSpan now, long clockUnixMs)
    {
        var known = Cards.GetValueOrDefault(card.Replica);
        if (card.Replica == Self || card.Address == SelfAddress || known?.Card.Start > card.Start)
        {
            return this;
        }

        var ahead = known?.Ahead ?? [];
        if (card.ClockUnixMs is { } theirs)
        {
            ahead = ClockSkew.Add(ahead, Bounded(theirs, clockUnixMs));
        }

        var outdated = Cards.Where(entry => entry.Value.Card.Address == card.Address && entry.Key != card.Replica);
        return this with
        {
            Cards = Cards.RemoveRange(outdated.Select(entry => entry.Key)).SetItem(card.Replica, new HeardCard(card, now) { Ahead = ahead }),
            Addresses = Add(card.Known.Append(card.Address)),
        };
    }

    /// <summary>Adds addresses from elsewhere, such as a layout.</summary>
    public PeerBook Learn(IEnumerable<string> addresses) => this with { Addresses = Add(addresses) };

    /// <summary>What was heard no longer ago than that.</summary>
    public IReadOnlyList<HeardCard> Fresh(TimeSpan now, TimeSpan maxAge) => [.. Cards.Values.Where(heard => now - heard.At <= maxAge)];

    // A peer says what it likes: years of 64 bits are no time span.
    private static TimeSpan Bounded(long theirsUnixMs, long oursUnixMs) =>
        TimeSpan.FromMilliseconds(Math.Clamp((double)theirsUnixMs - oursUnixMs, -HeardCard.AheadMax.TotalMilliseconds, HeardCard.AheadMax.TotalMilliseconds));

    private ImmutableSortedSet<string> Add(IEnumerable<string> addresses) =>
        Addresses.Union(addresses.Where(address => address.Length > 0 && address != SelfAddress).Take(AddressesMax - Addresses.Count));
}

/// <summary>A card and when it came.</summary>
public sealed record HeardCard(NodeCard Card, TimeSpan At)
{
    /// <summary>A hundred years, whatever it says.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromDays(36_525);

    /// <summary>By how much its clock was ahead of the one here, at its last greetings.</summary>
    public ImmutableArray<TimeSpan> Ahead { get; init; } = [];
}
