using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>The cluster's shared state, which nodes pass on and merge until all have seen the same.</summary>
/// <remarks>
/// Pure. Everything but <see cref="Seen"/> and <see cref="Version"/> is a join-semilattice: statuses, reachability rows and
/// tombstones only ever rise, so <see cref="Merge"/> is commutative, associative and idempotent (Shapiro et al., "Conflict-free
/// Replicated Data Types", SSS 2011), and an equal version means equal content.
/// Differs from Akka.NET 1.5: it forgets a removed node at once and guesses at a merge from the other side's status, which revives
/// a node when three views meet; we keep a tombstone, as Akka on the JVM does. Unlike both, the clock keeps the removed
/// node's entry as long as the tombstone: without it, a change that the node made last and only some have seen looks like no
/// change at all (seed 13 of the test that equal versions have equal content).
/// </remarks>
internal sealed record Gossip
{
    /// <summary>So that restarts cannot make the gossip too large for a frame; the oldest are forgotten first.</summary>
    /// <remarks>
    /// Not by age, as Akka on the JVM does after 24 h: nodes whose clocks are that far apart would each bring back what the other
    /// has forgotten, answer each other for ever and never agree (<c>GossipReceptionTests.An_exchange_comes_to_rest</c>).
    /// </remarks>
    public const int TombstonesMax = 256;

    public static readonly Gossip Empty = new();

    private Gossip()
    {
    }

    public ImmutableSortedSet<Member> Members { get; private init; } = [];

    /// <summary>Who is known to have this version of the rest.</summary>
    public ImmutableSortedSet<UniqueAddress> Seen { get; private init; } = [];

    public Reachability Reachability { get; private init; } = Reachability.Empty;

    public VectorClock Version { get; private init; } = VectorClock.Empty;

    /// <summary>Removed incarnations, in the order of their removal; they can never be members again.</summary>
    /// <remarks>UTC ticks, but later than all before: so the order holds whatever the leaders' clocks show.</remarks>
    public ImmutableSortedDictionary<UniqueAddress, long> Tombstones { get; private init; } =
        ImmutableSortedDictionary<UniqueAddress, long>.Empty;

    /// <summary>For the decoder.</summary>
    public static Gossip Of(
        ImmutableSortedSet<Member> members,
        ImmutableSortedSet<UniqueAddress> seen,
        Reachability reachability,
        VectorClock version,
        ImmutableSortedDictionary<UniqueAddress, long> tombstones) => new()
        {
            Members = members,
            Seen = seen,
            Reachability = reachability,
            Version = version,
            Tombstones = tombstones,
        };

    public Member? Find(UniqueAddress node) => Members.TryGetValue(Member.Removed(node), out var member) ? member : null;

    public bool Has(UniqueAddress node) => Find(node) is not null;

    public MemberStatus StatusOf(UniqueAddress node) => Find(node)?.Status ?? MemberStatus.Removed;

    /// <summary>The highest up number in use; 0 when nobody has been up.</summary>
    public int YoungestUpNumber =>
        Members.Where(member => member.UpNumber != Member.NeverUp).Select(member => member.UpNumber).DefaultIfEmpty(0).Max();

    /// <summary>A change by this node: a version that nobody else has seen.</summary>
    public Gossip ChangedBy(UniqueAddress node, bool seen) =>
        this with { Version = Version.Increment(node), Seen = seen ? [node] : [] };

    public Gossip SeenBy(UniqueAddress node) => Seen.Contains(node) ? this : this with { Seen = Seen.Add(node) };

    public Gossip MergeSeen(Gossip that) => this with { Seen = Seen.Union(that.Seen) };

    public Gossip Add(Member member) => Tombstones.ContainsKey(member.UniqueAddress) ? this : this with { Members = Members.Add(member) };

    /// <summary>Puts the given views in the place of those of the same incarnations.</summary>
    public Gossip Replace(IReadOnlyCollection<Member> changed) => this with { Members = Members.Except(changed).Union(changed) };

    public Gossip With(Reachability reachability) => this with { Reachability = reachability };

    /// <summary>A downed node's having seen something no longer counts.</summary>
    public Gossip MarkDown(Member member) =>
        Replace([member.Copy(MemberStatus.Down)]) with { Seen = Seen.Remove(member.UniqueAddress) };

    public Gossip Remove(IReadOnlySet<UniqueAddress> nodes, long nowTicks)
    {
        var removedAt = Math.Max(nowTicks, Tombstones.Values.DefaultIfEmpty(0).Max() + 1);
        return Purge(this with
        {
            Tombstones = Tombstones.SetItems(nodes.Select(node => KeyValuePair.Create(node, removedAt))),
        });
    }

    /// <summary>Forgets the nodes that were removed first, beyond <see cref="TombstonesMax"/>. What is forgotten follows from the content alone.</summary>
    public Gossip Trim()
    {
        if (Tombstones.Count <= TombstonesMax)
        {
            return this;
        }

        var forgotten = Tombstones
            .OrderByDescending(entry => entry.Value)
            .ThenBy(entry => entry.Key)
            .Skip(TombstonesMax)
            .Select(entry => entry.Key)
            .ToList();
        return this with { Tombstones = Tombstones.RemoveRange(forgotten), Version = Version.Prune(forgotten) };
    }

    /// <summary>The least state that contains both; nobody has seen it.</summary>
    public Gossip Merge(Gossip that)
    {
        var tombstones = Tombstones.ToBuilder();
        foreach (var (node, ticks) in that.Tombstones)
        {
            tombstones[node] = Math.Max(ticks, tombstones.GetValueOrDefault(node));
        }

        var members = that.Members.Select(theirs => Find(theirs.UniqueAddress) is { } mine ? Member.Merge(mine, theirs) : theirs);
        return Purge(Replace(members.ToList()) with
        {
            Tombstones = tombstones.ToImmutable(),
            Version = Version.Merge(that.Version),
            Reachability = Reachability.Merge(that.Reachability, _ => true),
            Seen = [],
        });
    }

    private static Gossip Purge(Gossip gossip)
    {
        if (gossip.Tombstones.IsEmpty)
        {
            return gossip;
        }

        var removed = gossip.Tombstones.Keys.ToImmutableSortedSet();
        return gossip with
        {
            Members = gossip.Members.Except(removed.Select(Member.Removed)),
            Seen = gossip.Seen.Except(removed),
            Reachability = gossip.Reachability.Remove(removed),
        };
    }

    public override string ToString() =>
        $"Gossip(members = [{string.Join(", ", Members)}], seen = [{string.Join(", ", Seen)}], {Reachability}, {Version})";
}
