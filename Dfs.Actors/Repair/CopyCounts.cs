using Dfs.Actors.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>How many others can give a partition's chunks now; counted once for as long as layout and view stay.</summary>
/// <remarks>Not thread-safe. All 1,024 partitions are asked about at each step of a change.</remarks>
internal sealed class CopyCounts(ReplicaId self, PeerDirectory directory)
{
    private const int Unknown = -1;

    private readonly int[] _counts = new int[PartitionId.Count];
    private Layout? _layout;
    private PeerView? _view;

    /// <summary>Of a partition that two have lost, the last copy comes first.</summary>
    public int Of(Layout layout, PartitionId partition)
    {
        if (!ReferenceEquals(layout, _layout) || !ReferenceEquals(directory.View, _view))
        {
            (_layout, _view) = (layout, directory.View);
            Array.Fill(_counts, Unknown);
        }

        ref var count = ref _counts[partition.Index];
        if (count == Unknown)
        {
            count = layout.ChunkReplicasOf(partition).Count(node => node != self && directory.SeemsReachable(node));
        }

        return count;
    }
}
