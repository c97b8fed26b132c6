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

    public string SelfAddress { get; private init; } = "";

    /// <param name="seeds">Addresses that are asked from the first moment on.</param>
    public static PeerBook Start(string selfAddress, IEnumerable<string> seeds) => new()
    {
        SelfAddress = selfAddress,
        Addresses = [.. seeds.Where(seed => seed != selfAddress).Take(AddressesMax)],
    };

    /// <summary>Takes in a card; one of an earlier start than known is a rolled-back directory and is left out.</summary>
    public PeerBook Hear(NodeCard card, TimeSpan now)
    {
        if (Cards.TryGetValue(card.Replica, out var known) && known.Card.Start > card.Start)
        {
            return this;
        }

        var outdated = Cards.Where(entry => entry.Value.Card.Address == card.Address && entry.Key != card.Replica);
        return this with
        {
            Cards = Cards.RemoveRange(outdated.Select(entry => entry.Key)).SetItem(card.Replica, new HeardCard(card, now)),
            Addresses = Add(card.Known.Append(card.Address)),
        };
    }

    /// <summary>Adds addresses from elsewhere, such as a layout.</summary>
    public PeerBook Learn(IEnumerable<string> addresses) => this with { Addresses = Add(addresses) };

    /// <summary>What was heard no longer ago than that.</summary>
    public IReadOnlyList<NodeCard> Fresh(TimeSpan now, TimeSpan maxAge) =>
        [.. Cards.Values.Where(heard => now - heard.At <= maxAge).Select(heard => heard.Card)];

    private ImmutableSortedSet<string> Add(IEnumerable<string> addresses) =>
        Addresses.Union(addresses.Where(address => address.Length > 0 && address != SelfAddress).Take(AddressesMax - Addresses.Count));
}

/// <summary>A card and when it came.</summary>
public sealed record HeardCard(NodeCard Card, TimeSpan At);
