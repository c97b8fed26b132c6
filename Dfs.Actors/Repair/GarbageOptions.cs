using Dfs.Actors.Catalog;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Repair;

/// <summary>What a <see cref="GarbageKeeper"/> is made with.</summary>
/// <param name="Rules">Of heads: what is a tombstone.</param>
public sealed record GarbageOptions(
    ReplicaId Self, CatalogStore Store, PeerClient Peers, PeerDirectory Directory, ChunkTraffic Traffic, CatalogClient Catalog, ValueRules Rules)
{
    /// <summary>A day from one collection to the next. An upload may take as long; one that takes twice as long is pinned once more at its end.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(24);

    /// <summary>An hour after a start, so that a cluster that is stopped each night collects all the same.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Ten minutes after one that could not be made: somebody was away, or a layout was changing.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Two milliseconds after each partition that has something, so that clients have the disk: two seconds for all of them.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(2);
}
