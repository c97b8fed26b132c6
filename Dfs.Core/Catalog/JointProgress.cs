using System.Collections.Immutable;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>Counts who has pulled what from whom while a layout is joint, and says when it may be finished.</summary>
/// <remarks>
/// Pure. For each partition a majority of the new replicas must each have pulled everything (values, promises and
/// floors: <see cref="Adoption"/>) from a majority of the old ones, each of which had made the joint layout durable
/// before it answered; and its chunks must be on enough of the new replicas. A replica of both lists has its own rows.
/// </remarks>
public sealed record JointProgress
{
    private JointProgress(Layout joint) => Joint = joint;

    public Layout Joint { get; }

    private ImmutableHashSet<(PartitionId Partition, ReplicaId By, ReplicaId From)> Pulls { get; init; } = [];

    private ImmutableHashSet<(ReplicaId By, ReplicaId From)> WholePulls { get; init; } = [];

    private ImmutableHashSet<PartitionId> ChunksPlaced { get; init; } = [];

    private bool AllChunksPlaced { get; init; }

    public static JointProgress Start(Layout joint)
    {
        Invariant.Holds(joint.IsJoint, $"only a joint layout makes progress ({joint})");
        return new JointProgress(joint);
    }

    /// <param name="number">The layout number that the old replica answered under; others do not count.</param>
    public JointProgress Pulled(PartitionId partition, ReplicaId by, ReplicaId from, LayoutNumber number) =>
        number == Joint.Number ? this with { Pulls = Pulls.Add((partition, by, from)) } : this;

    /// <summary>The same for all partitions at once: the whole database was pulled.</summary>
    public JointProgress PulledAll(ReplicaId by, ReplicaId from, LayoutNumber number) =>
        number == Joint.Number ? this with { WholePulls = WholePulls.Add((by, from)) } : this;

    /// <summary>Every chunk of the partition is on a majority of its new replicas.</summary>
    public JointProgress Placed(PartitionId partition) => this with { ChunksPlaced = ChunksPlaced.Add(partition) };

    /// <summary>No chunk is missing anywhere: a cluster that has none yet, or a finished repair.</summary>
    public JointProgress PlacedAll() => this with { AllChunksPlaced = true };

    public bool MayFinish => Open().FirstOrDefault(-1) < 0;

    /// <summary>Partitions that hold the change up.</summary>
    public int OpenCount => Open().Count();

    private IEnumerable<int> Open() => Enumerable.Range(0, PartitionId.Count)
        .Select(index => new PartitionId(index))
        .Where(partition => !(AllChunksPlaced || ChunksPlaced.Contains(partition)) || !IsPulled(partition))
        .Select(partition => partition.Index);

    private bool IsPulled(PartitionId partition)
    {
        var (old, next) = (Joint.OldReplicasOf(partition), Joint.NextReplicasOf(partition));
        return old.ToHashSet().SetEquals(next)
            || next.Count(by => HasPulled(partition, by, old)) >= QuorumSet.Majority(next.Length);
    }

    private bool HasPulled(PartitionId partition, ReplicaId by, ImmutableArray<ReplicaId> old) =>
        old.Count(from =>
            from == by || WholePulls.Contains((by, from)) || Pulls.Contains((partition, by, from)))
        >= QuorumSet.Majority(old.Length);
}
