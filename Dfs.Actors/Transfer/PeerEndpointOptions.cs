using System.Net;
using Dfs.Actors.Trust;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Core.Trust;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Transfer;

/// <param name="Listen">Port 0 takes any free one.</param>
/// <param name="Buffers">Holds the bodies that are on their way; who finds it empty waits.</param>
public sealed record PeerEndpointOptions(IPEndPoint Listen, IPeerGate Gate, IChunkStore Store, BufferPool Buffers)
{
    /// <summary>Certificates of both sides; null for plain connections.</summary>
    public NodeTrust? Trust { get; init; }

    /// <summary>Lets new nodes in; null where this node does not have the cluster's authority.</summary>
    public Admission? Admission { get; init; }

    /// <summary>Asks this node to endorse an encoded layout; null in a cluster without an authority of its own.</summary>
    public Func<NodeIdentity?, ReadOnlyMemory<byte>, LayoutAnswer>? EndorseLayout { get; init; }

    /// <summary>Asks this node to sign the layout that the council has decided; null in a cluster without an authority of its own.</summary>
    public Func<NodeIdentity?, CancellationToken, Task<LayoutAnswer>>? SignLayout { get; init; }

    /// <summary>Told who asked for more than its certificate's role allows; must return at once.</summary>
    public Action<ReplicaId, RoleRight> OnRoleRefused { get; init; } = static (_, _) => { };

    /// <summary>Told what a new member of a joint layout has pulled: its own word, as its certificate says. Must return at once.</summary>
    public Action<SyncReport> OnProgress { get; init; } = static _ => { };

    /// <summary>Says that something else protects the network.</summary>
    public bool AllowExternal { get; init; }

    /// <summary>512: a hundred peers with a few connections each.</summary>
    public int ConnectionsMax { get; init; } = 512;

    /// <summary>A body that stands still for so long is given up, and its memory with it.</summary>
    public TimeSpan IdleMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A whole body: 4 MiB in thirty seconds is 140 KB/s.</summary>
    public TimeSpan BodyMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whose rows peers may read, for listings and repair; without one there are none to read.</summary>
    public CatalogStore? Catalog { get; init; }

    /// <summary>What this node does with an owner's keys; null for an owner that it does not serve.</summary>
    public Func<OwnerId, OwnerEpochs?> EpochsOf { get; init; } = static _ => null;

    /// <summary>Takes what a collection found to be garbage here; null: the page is not the next one of its run, or cannot be taken now.</summary>
    public Func<PeerCall, GarbagePage, CancellationToken, Task<GarbageTotals?>> Condemn { get; init; } =
        static (_, _, _) => Task.FromResult<GarbageTotals?>(null);

    /// <summary>Told of each chunk that was stored here in place of another replica; must return at once.</summary>
    public Action<ChunkId, ReplicaId> OnHandedOver { get; init; } = static (_, _) => { };

    /// <summary>Told of each failure that is none of the peer's and none of the disk's: a defect.</summary>
    public Action<Exception> OnDefect { get; init; } = static _ => { };
}
