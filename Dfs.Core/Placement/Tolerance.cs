using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>What a layout bears.</summary>
public static class Tolerance
{
    /// <summary>Whether every file can be read and written with these alone.</summary>
    public static bool IsServed(Layout layout, ISet<ReplicaId> here) => PartitionId.All.All(partition =>
        layout.QuorumOf(partition).IsMet(here) && layout.ChunkQuorumOf(partition).IsMet(here));

    /// <summary>
    /// How many of those that are here may stop, whichever they are, and every file can still be read and written. Where a
    /// majority of a partition's replicas stays, a copy of every acknowledged chunk does too: it was on a majority.
    /// </summary>
    public static int MayFail(Layout layout, IReadOnlySet<ReplicaId> here) => PartitionId.All.Min(partition =>
        new[]
        {
            layout.NextReplicasOf(partition), layout.OldReplicasOf(partition),
            layout.NextChunkReplicasOf(partition), layout.OldChunkReplicasOf(partition),
        }.Where(replicas => !replicas.IsEmpty).Min(replicas => Spare(replicas, here)));

    private static int Spare(ImmutableArray<ReplicaId> replicas, IReadOnlySet<ReplicaId> here) =>
        Math.Max(0, replicas.Count(here.Contains) - QuorumSet.Majority(replicas.Length));
}
