using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>When a chunk may go from a directory that is none of its replicas: one that it left, or that stood in for another.</summary>
public static class StrayRule
{
    /// <summary>Under a single layout, of which this directory is no replica of the partition.</summary>
    public static bool IsStray(Layout layout, ReplicaId self, PartitionId partition) =>
        !layout.IsJoint && !layout.ChunkReplicasOf(partition).Contains(self);

    /// <param name="confirmed">Who has said under this layout's number that it has the chunk durably; for itself alone.</param>
    public static bool MayDelete(Layout layout, ReplicaId self, PartitionId partition, IReadOnlySet<ReplicaId> confirmed) =>
        IsStray(layout, self, partition) && layout.ChunkReplicasOf(partition).All(confirmed.Contains);
}
