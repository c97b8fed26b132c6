using Dfs.Actors.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Transfer;

/// <summary>What <see cref="ChunkTraffic"/> is made with.</summary>
/// <param name="Layout">Answers with the newest layout; null before the first.</param>
/// <param name="NewerLayoutSeen">Is told that a replica knows a newer layout than this node.</param>
public sealed record ChunkTrafficOptions(
    ReplicaId Self,
    IChunkStore Local,
    PeerClient Peers,
    PeerDirectory Directory,
    Func<Layout?> Layout,
    Action<ReplicaId, LayoutNumber> NewerLayoutSeen,
    TimeProvider Time)
{
    /// <summary>The newest epoch that this directory knows: what a chunk that is placed now is pinned at.</summary>
    public required Func<Epoch> Epoch { get; init; }

    /// <summary>A replica this far behind the quorum is left to repair, so that it does not hold the others.</summary>
    public TimeSpan StragglerGrace { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a read may take before another replica is asked as well.</summary>
    public HedgeLimits Hedging { get; init; } = new();

    /// <summary>Whether a replica's word that it has a chunk counts; one whose word does not is stood in for, and asked last.</summary>
    public Func<ReplicaId, bool> IsBelieved { get; init; } = static _ => true;

    /// <summary>Is told which replica did not take a chunk that a majority has.</summary>
    public Action<ReplicaId, ChunkId> Missed { get; init; } = static (_, _) => { };

    /// <summary>Answers whether readers wait for memory; then nothing is asked for twice.</summary>
    public Func<bool> IsReadMemoryShort { get; init; } = static () => false;
}
