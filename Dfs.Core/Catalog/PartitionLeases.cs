using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>What a register's last proposer may still rely on: its next ballot is promised, and this is the value.</summary>
public sealed record RegisterLease(Ballot Next, ReadOnlyMemory<byte> Value, ulong CounterFloor);

/// <summary>The promises that this node's proposer believes it holds, and what it counts its ballots with.</summary>
/// <remarks>
/// Pure, in memory only, one per node. Belief, not right: replicas refuse what is no longer promised. A register's
/// lease is dropped by any refusal or timeout; all of them by a new layout. Bounded; the oldest leases go first.
/// </remarks>
public sealed record PartitionLeases
{
    /// <summary>16,384 registers: what a busy node writes again within minutes.</summary>
    public const int RegistersMax = 16_384;

    /// <summary>32 partitions: a write of a few KiB on each replica.</summary>
    public const int ClaimsAhead = 32;

    /// <summary>16 MiB of values; heads are a few KiB.</summary>
    public const long ValueBytesMax = 16L << 20;

    private PartitionLeases(ReplicaId self, ulong start) => (Self, Start) = (self, start);

    public ReplicaId Self { get; }

    /// <summary>The start counter, raised durably before the first ballot.</summary>
    public ulong Start { get; }

    public LayoutNumber Layout { get; private init; }

    private ulong Sequence { get; init; }

    private long ValueBytes { get; init; }

    private ulong Stamp { get; init; }

    private ImmutableDictionary<RowKey, (RegisterLease Lease, ulong Stamp)> Registers { get; init; } =
        ImmutableDictionary<RowKey, (RegisterLease Lease, ulong Stamp)>.Empty;

    private ImmutableSortedDictionary<ulong, RowKey> ByAge { get; init; } =
        ImmutableSortedDictionary<ulong, RowKey>.Empty;

    private ImmutableDictionary<PartitionId, Claim> Partitions { get; init; } =
        ImmutableDictionary<PartitionId, Claim>.Empty;

    public int RegisterCount => Registers.Count;

    public static PartitionLeases Empty(ReplicaId self, ulong start, LayoutNumber layout) =>
        new(self, start) { Layout = layout };

    /// <summary>Under another number nothing that was promised is relied on; ballots count on.</summary>
    public PartitionLeases UnderLayout(LayoutNumber layout) => layout == Layout
        ? this
        : new PartitionLeases(Self, Start) { Layout = layout, Sequence = Sequence };

    /// <summary>A ballot that was never used.</summary>
    public (PartitionLeases Next, Ballot Ballot) TakeBallot(ulong round) =>
        (this with { Sequence = Sequence + 1 }, new Ballot(round, Self, Start, Sequence + 1));

    /// <summary>Null when the register's next write needs a round of its own first.</summary>
    public RegisterLease? Find(RowKey key) => Registers.TryGetValue(key, out var found) ? found.Lease : null;

    /// <summary>The promise for the whole partition; null when this node does not hold it.</summary>
    public Ballot? Held(PartitionId partition) => Of(partition).Held;

    /// <summary>Whoever else was seen to hold the partition; null when nobody was.</summary>
    public ReplicaId? HeldByOther(PartitionId partition) => Of(partition).Other;

    /// <summary>Neither held by this node nor seen to be held by another.</summary>
    public bool IsUnclaimed(PartitionId partition) => Of(partition) is { Held: null, Other: null };

    /// <summary>What to claim along with the partition of a write: the next ones behind it that are unclaimed, going round.</summary>
    /// <remarks>
    /// Names are hashes, so who writes one file will write into all partitions; a claim of many costs each replica one sync,
    /// as a claim of one does.
    /// </remarks>
    public IEnumerable<PartitionId> ClaimAhead(PartitionId written) => Enumerable
        .Range(1, PartitionId.Count - 1)
        .Select(distance => new PartitionId((written.Index + distance) % PartitionId.Count))
        .Where(IsUnclaimed)
        .Take(ClaimsAhead);

    /// <summary>The highest round seen in the partition: a new one starts above it.</summary>
    public ulong RoundSeen(PartitionId partition) => Of(partition).Round;

    public PartitionLeases Keep(RowKey key, RegisterLease lease)
    {
        var next = Drop(key);
        next = next with
        {
            Stamp = Stamp + 1,
            Registers = next.Registers.SetItem(key, (lease, Stamp + 1)),
            ByAge = next.ByAge.SetItem(Stamp + 1, key),
            ValueBytes = next.ValueBytes + lease.Value.Length,
        };
        while (next.Registers.Count > RegistersMax || next.ValueBytes > ValueBytesMax)
        {
            next = next.Drop(next.ByAge.First().Value);
        }

        return next;
    }

    public PartitionLeases Drop(RowKey key) => !Registers.TryGetValue(key, out var found) ? this : this with
    {
        Registers = Registers.Remove(key),
        ByAge = ByAge.Remove(found.Stamp),
        ValueBytes = ValueBytes - found.Lease.Value.Length,
    };

    public PartitionLeases Hold(PartitionId partition, Ballot promise) =>
        With(partition, new Claim(promise, null, Math.Max(promise.Round, RoundSeen(partition))));

    public PartitionLeases Drop(PartitionId partition) => With(partition, Of(partition) with { Held = null });

    /// <summary>Learns from what a replica has promised; a higher promise to another ends this node's.</summary>
    public PartitionLeases Saw(PartitionId partition, Ballot promise, Ballot partitionPromise)
    {
        var claim = Of(partition);
        var round = Math.Max(claim.Round, Math.Max(promise.Round, partitionPromise.Round));
        var isOvertaken = partitionPromise.Replica != Self && partitionPromise > (claim.Held ?? Ballot.None);
        var seen = isOvertaken ? new Claim(null, partitionPromise.Replica, round) : claim with { Round = round };
        return seen == claim ? this : With(partition, seen);
    }

    private Claim Of(PartitionId partition) => Partitions.GetValueOrDefault(partition, Claim.None);

    private PartitionLeases With(PartitionId partition, Claim claim) =>
        this with { Partitions = Partitions.SetItem(partition, claim) };

    private sealed record Claim(Ballot? Held, ReplicaId? Other, ulong Round)
    {
        public static readonly Claim None = new(null, null, 0);
    }
}
