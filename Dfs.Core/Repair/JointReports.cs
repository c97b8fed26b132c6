using System.Collections.Immutable;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>Gathers the reports of a joint layout's new members and says when the layout may be finished.</summary>
/// <remarks>
/// Pure. Reports may come twice, late, in any order or not at all: they only ever add. Rows are counted by
/// <see cref="JointProgress"/>; a partition's chunks are placed when a majority of its new replicas have them all,
/// or when its replicas stay the same.
/// </remarks>
public sealed record JointReports
{
    private JointReports(JointProgress progress) => Progress = progress;

    public JointProgress Progress { get; private init; }

    private ImmutableDictionary<ReplicaId, SyncReport> Reports { get; init; } = ImmutableDictionary<ReplicaId, SyncReport>.Empty;

    public bool MayFinish => Progress.MayFinish;

    public static JointReports Start(Layout joint)
    {
        var progress = JointProgress.Start(joint);
        var unmoved = PartitionId.All.Where(partition => !joint.MovesChunks(partition));
        return new JointReports(unmoved.Aggregate(progress, (placed, partition) => placed.Placed(partition)));
    }

    /// <summary>Adds what a report says beyond the ones before; nothing when it is about another layout.</summary>
    public JointReports Add(SyncReport report)
    {
        if (report.Number != Progress.Joint.Number)
        {
            return this;
        }

        var known = Reports.GetValueOrDefault(report.By, new SyncReport(
            report.By, report.Number, ImmutableSortedDictionary<ReplicaId, PartitionSet>.Empty, PartitionSet.Empty));
        var progress = Progress;
        var pulled = known.Pulled;
        foreach (var (from, partitions) in report.Pulled)
        {
            var before = pulled.GetValueOrDefault(from, PartitionSet.Empty);
            progress = partitions.Without(before).Aggregate(
                progress, (sum, partition) => sum.Pulled(partition, report.By, from, report.Number));
            pulled = pulled.SetItem(from, before.Union(partitions));
        }

        var merged = known with { Pulled = pulled, Chunks = known.Chunks.Union(report.Chunks) };
        var reports = Reports.SetItem(report.By, merged);
        progress = report.Chunks.Without(known.Chunks)
            .Where(partition => HasChunks(reports, partition))
            .Aggregate(progress, (sum, partition) => sum.Placed(partition));
        return new JointReports(progress) { Reports = reports };
    }

    private bool HasChunks(ImmutableDictionary<ReplicaId, SyncReport> reports, PartitionId partition)
    {
        var next = Progress.Joint.NextChunkReplicasOf(partition);
        var having = next.Count(replica => reports.TryGetValue(replica, out var report) && report.Chunks.Contains(partition));
        return having >= QuorumSet.Majority(next.Length);
    }
}
