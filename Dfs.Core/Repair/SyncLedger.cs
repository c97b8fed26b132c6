using System.Collections.Immutable;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>What one directory has still to pull under one layout, partition by partition.</summary>
/// <remarks>
/// Pure. Under a joint layout a moving partition needs the rows of a majority of its old replicas and all its chunks;
/// under a single one only chunks are compared here, because rows are followed by their changes. Invariant: an
/// unfinished partition is in exactly one of waiting, open and later.
/// </remarks>
public sealed record SyncLedger
{
    private SyncLedger(Layout layout, ReplicaId self) => (Layout, Self) = (layout, self);

    public Layout Layout { get; }

    public ReplicaId Self { get; }

    /// <summary>Of each old replica, the partitions whose rows were pulled; only while joint.</summary>
    public ImmutableSortedDictionary<ReplicaId, PartitionSet> Pulled { get; private init; } =
        ImmutableSortedDictionary<ReplicaId, PartitionSet>.Empty;

    /// <summary>Partitions of which every chunk is here.</summary>
    public PartitionSet Chunks { get; private init; } = PartitionSet.Empty;

    private ImmutableSortedSet<PartitionId> Waiting { get; init; } = [];

    private ImmutableSortedSet<PartitionId> Open { get; init; } = [];

    private ImmutableSortedSet<PartitionId> Later { get; init; } = [];

    /// <summary>Nothing is left to do under this layout.</summary>
    public bool IsComplete => Waiting.IsEmpty && Open.IsEmpty && Later.IsEmpty;

    /// <summary>All were tried, and some must be tried again.</summary>
    public bool RoundHasEnded => Waiting.IsEmpty && Open.IsEmpty && !Later.IsEmpty;

    public int OpenCount => Open.Count;

    public int LeftCount => Waiting.Count + Open.Count + Later.Count;

    public static SyncLedger Start(Layout layout, ReplicaId self)
    {
        var ledger = new SyncLedger(layout, self);
        return ledger with { Waiting = [.. PartitionId.All.Where(partition => !ledger.IsDone(partition))] };
    }

    /// <summary>Opens the next partition, one with the fewest copies first; null when none waits.</summary>
    public (SyncLedger Next, PartitionId? Partition) TakeNext(Func<PartitionId, int> copiesOf)
    {
        if (Waiting.IsEmpty)
        {
            return (this, null);
        }

        var next = Waiting.MinBy(partition => (copiesOf(partition), partition.Index));
        return (this with { Waiting = Waiting.Remove(next), Open = Open.Add(next) }, next);
    }

    /// <summary>Closes a partition with what was achieved; it comes again in the next round when that is not all.</summary>
    public SyncLedger Close(PartitionId partition, IEnumerable<ReplicaId> pulledFrom, bool hasChunks)
    {
        var next = this with
        {
            Open = Open.Remove(partition),
            Pulled = pulledFrom.Aggregate(Pulled, (pulled, from) =>
                pulled.SetItem(from, pulled.GetValueOrDefault(from, PartitionSet.Empty).Add(partition))),
            Chunks = hasChunks ? Chunks.Add(partition) : Chunks,
        };
        return next.IsDone(partition) ? next : next with { Later = Later.Add(partition) };
    }

    public SyncLedger NextRound() => this with { Waiting = Waiting.Union(Later), Later = [] };

    public bool NeedsRows(PartitionId partition) => RowsShort(partition) > 0;

    /// <summary>From how many more old replicas the rows are needed.</summary>
    public int RowsShort(PartitionId partition)
    {
        if (!Layout.IsJoint || !Layout.MovesHeads(partition) || !Layout.NextReplicasOf(partition).Contains(Self))
        {
            return 0;
        }

        var old = Layout.OldReplicasOf(partition);
        return QuorumSet.Majority(old.Length) - old.Count(from => from == Self || HasPulled(partition, from));
    }

    /// <summary>Old replicas whose rows are not here yet.</summary>
    public IEnumerable<ReplicaId> RowSources(PartitionId partition) =>
        Layout.OldReplicasOf(partition).Where(from => from != Self && !HasPulled(partition, from));

    public bool NeedsChunks(PartitionId partition) =>
        !Chunks.Contains(partition)
        && Layout.NextChunkReplicasOf(partition).Contains(Self)
        && (!Layout.IsJoint || Layout.MovesChunks(partition));

    private bool HasPulled(PartitionId partition, ReplicaId from) =>
        Pulled.TryGetValue(from, out var partitions) && partitions.Contains(partition);

    private bool IsDone(PartitionId partition) => !NeedsRows(partition) && !NeedsChunks(partition);
}
