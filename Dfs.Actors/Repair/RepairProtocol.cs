using System.Collections.Immutable;
using Dfs.Actors.Wire;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Every message that <see cref="LayoutSync"/> and <see cref="MissedKeeper"/> take or send, but for reports to layout keepers.</summary>
public static class RepairProtocol
{
    /// <summary>Anyone on the node → sync; answered with <see cref="SyncStateIs"/>.</summary>
    public sealed record GetSyncState;

    /// <param name="Number">The layout that it works under; none before the first.</param>
    /// <param name="PartitionsLeft">Partitions that are not known to be whole here; 0 when nothing is under way.</param>
    /// <param name="RowsTaken">Rows that were looked at since the start of the actor system.</param>
    /// <param name="ChunksFetched">Chunks that were missing here and were fetched since then.</param>
    public sealed record SyncStateIs(LayoutNumber Number, bool IsJoint, bool IsBusy, int PartitionsLeft, long RowsTaken, long ChunksFetched);

    /// <summary>Missed keeper → sync, on one node: something is missing here that cannot be named. Not answered; twice is harmless.</summary>
    public sealed record CompareSoon;

    /// <summary>Missed keeper of who wrote → /user/missed of a replica; answered with <see cref="MissedSettled"/> when it was seen to. Twice is harmless.</summary>
    /// <param name="To">Another directory does not answer.</param>
    /// <param name="Page">Comes back with the answer.</param>
    /// <param name="IsMore">More was missed than is named.</param>
    public sealed record CopiesMissed(
        ReplicaId To, ulong Page, ImmutableArray<ChunkId> Chunks, ImmutableArray<RegisterId> Registers, bool IsMore) : IWireMessage;

    /// <summary>The answer: what was named is durable here, nobody has it any more, or a comparison with all others will find it.</summary>
    public sealed record MissedSettled(ReplicaId By, ulong Page) : IWireMessage;
}
