using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Every message that <see cref="LayoutSync"/> takes or sends, but for its reports to layout keepers.</summary>
public static class RepairProtocol
{
    /// <summary>Anyone on the node → sync; answered with <see cref="SyncStateIs"/>.</summary>
    public sealed record GetSyncState;

    /// <param name="Number">The layout that it works under; none before the first.</param>
    /// <param name="PartitionsLeft">Partitions that are not known to be whole here; 0 when nothing is under way.</param>
    /// <param name="RowsTaken">Rows that were looked at since the start of the actor system.</param>
    /// <param name="ChunksFetched">Chunks that were missing here and were fetched since then.</param>
    public sealed record SyncStateIs(LayoutNumber Number, bool IsJoint, bool IsBusy, int PartitionsLeft, long RowsTaken, long ChunksFetched);
}
