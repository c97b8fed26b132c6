using Dfs.Actors.Catalog;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Client;

/// <summary>What a <see cref="NameIndex"/> is made with.</summary>
public sealed record NameIndexOptions(
    ReplicaId Self, CatalogStore Local, PeerClient Peers, PeerDirectory Directory, OwnerSession Owner, CatalogClient Catalog);
