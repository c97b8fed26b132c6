using System.Collections.Immutable;

namespace Dfs.Core.Membership;

/// <summary>Decides when a node gives up the cluster of actor systems that it is in, for a larger one of the same id.</summary>
/// <remarks>
/// Pure. The smaller goes; of equals the one whose lowest member is higher. A card says what its sender knew when it was written, and giving up
/// ends the requests that are under way, so:
/// a peer at the address of one of this node's own members is no other island, whatever its card says. One that was killed or paused leaves a
/// card that counts those who go on without it; what becomes of an unreachable member is the split brain resolver's to decide.
/// And no card is enough that was there already: a peer must show the larger island for <see cref="SureAfter"/>, and then say so once more.
/// Who was left out by members that it still knows comes back without this rule: see docs/design/membership.md.
/// Invariants: <see cref="InSight"/> has only peers whose last card shows a larger island, since the first look at which it did.
/// </remarks>
public sealed record IslandWatch
{
    private IslandWatch() { }

    public TimeSpan SureAfter { get; private init; }

    /// <summary>Addresses of peers on larger islands, and since when they are seen there.</summary>
    public ImmutableSortedDictionary<string, TimeSpan> InSight { get; private init; } =
        ImmutableSortedDictionary.Create<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>One of them has said so again after long enough: the actor system is to end.</summary>
    public bool IsSure { get; private init; }

    /// <param name="sureAfter">Longer than a view of the cluster passes.</param>
    public static IslandWatch Start(TimeSpan sureAfter) => new() { SureAfter = sureAfter };

    /// <summary>To be called whenever a card has come, and now and then.</summary>
    /// <param name="members">Addresses of all members of this node's cluster, reachable or not.</param>
    /// <param name="heard">The last card of each peer, unless it is too old to count.</param>
    public IslandWatch Look(PeerFact self, IReadOnlySet<string> members, IEnumerable<HeardFact> heard, TimeSpan now)
    {
        var larger = heard
            .Where(peer => !members.Contains(peer.Fact.Address) && IsLargerIsland(self, peer.Fact))
            .Select(peer => (peer.Fact.Address, peer.At, Since: InSight.GetValueOrDefault(peer.Fact.Address, now)))
            .ToList();
        return this with
        {
            InSight = InSight.Clear().AddRange(larger.Select(peer => KeyValuePair.Create(peer.Address, peer.Since))),
            IsSure = larger.Exists(peer => peer.At - peer.Since >= SureAfter),
        };
    }

    private static bool IsLargerIsland(PeerFact self, PeerFact peer) =>
        self.InCluster && peer.InCluster && self.MayMeet(peer) && peer.Island != self.Island
        && (peer.MemberCount > self.MemberCount
            || (peer.MemberCount == self.MemberCount
                && string.CompareOrdinal(peer.Island, self.Island) < 0));
}

/// <summary>What a peer said of itself, and when it was heard.</summary>
public readonly record struct HeardFact(PeerFact Fact, TimeSpan At);
