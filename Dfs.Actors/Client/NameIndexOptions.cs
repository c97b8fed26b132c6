using Dfs.Actors.Catalog;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.Listing;

namespace Dfs.Actors.Client;

/// <summary>What a <see cref="NameIndex"/> is made with.</summary>
public sealed record NameIndexOptions(
    ReplicaId Self, CatalogStore Local, PeerClient Peers, PeerDirectory Directory, OwnerSession Owner, CatalogClient Catalog)
{
    /// <summary>Where the index is kept over a restart; null keeps it in memory only.</summary>
    public NameFile? File { get; init; }

    /// <summary>Told in a sentence what is wrong with the file; nothing is lost by it.</summary>
    public Action<string> OnTrouble { get; init; } = static _ => { };
}
