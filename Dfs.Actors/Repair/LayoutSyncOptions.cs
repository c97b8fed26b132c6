using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Repair;

/// <summary>What a <see cref="LayoutSync"/>, a <see cref="StrayKeeper"/> and a <see cref="CopyCensus"/> are made with.</summary>
/// <param name="Catalog">Settles registers whose pulled row may neither be taken nor left.</param>
/// <param name="Keeper">This node's layout keeper; reports go to the others' too.</param>
/// <param name="State">Is told what was found and done.</param>
/// <param name="Pacer">Lets each copy of a chunk be made.</param>
public sealed record LayoutSyncOptions(
    ReplicaId Self,
    CatalogStore Store,
    IChunkStore Chunks,
    PeerClient Peers,
    PeerDirectory Directory,
    ChunkTraffic Traffic,
    CatalogClient Catalog,
    IActorRef Keeper,
    LayoutFence Fence,
    RepairState State,
    RepairPacer Pacer)
{
    /// <summary>Two seconds after a layout change, and doubling while some replica cannot confirm.</summary>
    public TimeSpan StrayRetryMin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A minute: how long a copy that stood in for a node stays after the node is back.</summary>
    public TimeSpan StrayEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Sixteen partitions while a layout is joint: until it is single, every write waits for both lists, and most of the time of a partition goes into
    /// waiting for answers. How many chunks are copied at once the pacer bounds.
    /// </summary>
    public int JointPartitionsMax { get; init; } = 16;

    /// <summary>Four in the background: nobody waits for it.</summary>
    public int BackgroundPartitionsMax { get; init; } = 4;

    /// <summary>Two chunks: one on the wire while the other is written.</summary>
    public int ChunksPerPartitionMax { get; init; } = 2;

    /// <summary>Eight registers of a page are settled at once; each costs two rounds over the network.</summary>
    public int IdentityRoundsMax { get; init; } = 8;

    /// <summary>Whether a replica's word that it has a chunk counts.</summary>
    public Func<ReplicaId, bool> IsBelieved { get; init; } = static _ => true;

    /// <summary>Tells what a replica's row is compared by, when a row is kept that this directory left.</summary>
    public required ValueRules Rules { get; init; }

    /// <summary>Whether a replica gives a leaf of a chunk that proves itself; a copy elsewhere is deleted only then.</summary>
    public Func<Layout, ReplicaId, ChunkId, CancellationToken, Task<bool>> IsProved { get; init; } = static (_, _, _, _) => Task.FromResult(true);

    /// <summary>What chunks are pulled and handed back at.</summary>
    public RateLimit Background { get; init; } = RateLimit.None;

    /// <summary>Two milliseconds after each partition in the background: two seconds for all of them.</summary>
    public TimeSpan BackgroundPause { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>A second: how often progress is told, and how soon a return is noticed.</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Two seconds from a return to the comparison, so that a cluster that starts is compared once.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What could not be pulled is tried again after this, then after twice as long.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Thirty seconds: a peer that is gone costs a connection attempt a partition.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Ten minutes: a write leaves a slow third replica behind without anyone noticing, so that all is compared now
    /// and then. 1,024 small requests a peer, and what has changed since.
    /// </summary>
    public TimeSpan CompareEvery { get; init; } = TimeSpan.FromMinutes(10);
}
