using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Store;

/// <summary>Every message that <see cref="StoreActor"/> takes or sends; none of them leaves the node.</summary>
public static class StoreProtocol
{
    /// <summary>The store → its actor: a read found a chunk damaged and moved it aside. Twice is harmless.</summary>
    public sealed record DamageFound(ChunkId Chunk, DamageKind Kind);

    /// <summary>Anyone → store; answered with <see cref="StoreStateIs"/>.</summary>
    public sealed record GetStoreState;

    /// <param name="WaitingPulls">Damaged chunks that are yet to be pulled from a peer.</param>
    /// <param name="Unhealed">Damaged chunks of which nobody who answered had an intact copy; they are asked for again.</param>
    public sealed record StoreStateIs(StoreState State, int WaitingPulls, long Healed, long Unhealed);
}
