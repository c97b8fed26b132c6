using Dfs.Core.Repair;

namespace Dfs.Actors.Client;

/// <summary>What a node knows of itself and its peers, for people and for health checks.</summary>
public interface INodeView
{
    /// <summary>True once the node is a member of a cluster with a layout and can serve.</summary>
    bool IsReady { get; }

    /// <summary>Changes who holds data.</summary>
    ILayoutClient Layouts { get; }

    /// <summary>Reads the node's whole store for damage.</summary>
    IScrubClient Scrub { get; }

    /// <summary>Holds up or hurries repair.</summary>
    IRepairClient Repairs { get; }

    /// <summary>Lets nodes in.</summary>
    ITrustClient Trust { get; }

    /// <summary>Collects garbage.</summary>
    IGarbageClient Garbage { get; }

    /// <summary>Tells what happened.</summary>
    IEventClient Events { get; }

    /// <summary>Whether a node may be stopped and every file can still be read and written.</summary>
    /// <param name="node">Its name, or the replica id of its directory.</param>
    LayoutResult CanStop(string node);

    /// <summary>The newest view; answered at once, from memory.</summary>
    NodeStatus Status();
}

/// <summary>One node's view of the cluster.</summary>
/// <param name="NotReadyBecause">A sentence for the user; empty when ready.</param>
/// <param name="Cluster">Hexadecimal; empty before the first layout.</param>
/// <param name="NodesThatMayFail">How many nodes of the layout may stop, from now, and every file can be read and written.</param>
public sealed record NodeStatus(
    string Name,
    string Replica,
    bool Ready,
    string NotReadyBecause,
    string Cluster,
    ulong Layout,
    bool LayoutChanging,
    int ReplicationFactor,
    int NodesThatMayFail,
    StoreStatus Store,
    IReadOnlyList<PeerStatus> Peers)
{
    public ReadStatus Reads { get; init; } = new(0, 0);

    public PlaceStatus Places { get; init; } = new(0, 0, 0);

    public MemoryStatus Memory { get; init; } = new(0, 0, 0);

    public ScrubStatus Scrub { get; init; } = ScrubStatus.None;

    /// <summary>What has fewer copies than it should; <see cref="Redundancy.Unknown"/> before the first layout.</summary>
    public Redundancy Redundancy { get; init; } = Redundancy.Unknown;

    public RepairProgress Repair { get; init; } = RepairProgress.None;

    public AuditStatus Audits { get; init; } = AuditStatus.None;

    public TrustStatus Trust { get; init; } = TrustStatus.Unknown;

    public KeptStatus Kept { get; init; } = new(0, 0, 0);

    public GarbageStatus Garbage { get; init; } = new(0, 0, null, 0, 0, 0, 0);
}

/// <summary>What this node's samples of other nodes came to since its start.</summary>
/// <param name="Right">Leaves that came and proved themselves.</param>
/// <param name="Wrong">Leaves that did not, of chunks that the other node says it has.</param>
/// <param name="Unanswered">Nothing came in time.</param>
/// <param name="Remade">Copies that were made because a node was caught.</param>
/// <param name="NotBelieved">Names of the nodes whose word about copies does not count here.</param>
public sealed record AuditStatus(long Right, long Wrong, long Unanswered, long Remade, IReadOnlyList<string> NotBelieved)
{
    public static readonly AuditStatus None = new(0, 0, 0, 0, []);
}

/// <summary>How connections between nodes are protected.</summary>
/// <param name="Between">One of the words below; empty from a node that does not say it.</param>
/// <param name="SignsLayouts">Who holds data changes by the signatures of the council's majority, not by a member's word.</param>
public sealed record TrustStatus(string Between, bool SignsLayouts)
{
    /// <summary>Mutual TLS with certificates of the cluster's own authority, or of an organisation's.</summary>
    public const string Cluster = "cluster", Organisation = "organisation";

    /// <summary>Neither: a VPN does it, or it is one machine.</summary>
    public const string External = "external", Plain = "plain";

    public static readonly TrustStatus Unknown = new("", false);
}

/// <summary>What this node keeps of partitions that are not its own any more, until their replicas have proved to have it.</summary>
/// <param name="Rows">Of heads.</param>
/// <param name="Chunks">Copies, as of the last look.</param>
public sealed record KeptStatus(long Rows, long RowBytes, long Chunks);

/// <summary>The node's own chunk store.</summary>
/// <param name="ReadOnlyBecause">Empty while it takes writes.</param>
public sealed record StoreStatus(long Chunks, long UsedBytes, long FreeBytes, string ReadOnlyBecause);

/// <summary>What the node lends to chunks on their way at the moment, in bytes; each has a limit.</summary>
/// <param name="UploadBytes">Of uploads, until they are placed.</param>
/// <param name="ReadBytes">Of what is read, until it is sent.</param>
/// <param name="IncomingBytes">Of what peers send, until it is stored.</param>
public sealed record MemoryStatus(long UploadBytes, long ReadBytes, long IncomingBytes);

/// <summary>What reading has cost this node since its start.</summary>
/// <param name="CheckedBytes">Ciphertext that was moved here from a disk or a peer and hashed, for transfers.</param>
/// <param name="RepairBytes">The same for repair and for collecting garbage.</param>
public sealed record ReadStatus(long CheckedBytes, long RepairBytes)
{
    public HedgeStatus Hedges { get; init; } = new(0, 0, 0, 0);
}

/// <summary>What placing chunks on other nodes has cost this one since its start.</summary>
/// <param name="SentBytes">Ciphertext, as often as it was sent.</param>
/// <param name="ResentBytes">Of these, those that the peer had already.</param>
/// <param name="SparedBytes">Ciphertext that was not sent, because the peer proved that it has it.</param>
public sealed record PlaceStatus(long SentBytes, long ResentBytes, long SparedBytes)
{
    /// <summary>Requests to other nodes that carried several small chunks.</summary>
    public long SharedRequests { get; init; }

    /// <summary>The chunks in them.</summary>
    public long SharedChunks { get; init; }

    /// <summary>Copies of chunks and heads that a replica missed when a majority had them.</summary>
    public long Missed { get; init; }

    /// <summary>Of these, those that the replica has not seen to yet.</summary>
    public long MissedWaiting { get; init; }
}

/// <summary>Reads of chunks that another replica was asked for as well, since the node's start.</summary>
/// <param name="Won">Where the other one was first.</param>
/// <param name="Denied">How often a read waited on for want of budget.</param>
/// <param name="DelaySeconds">How long a read waits at the moment before it is hedged.</param>
public sealed record HedgeStatus(long Begun, long Won, long Denied, double DelaySeconds);

/// <summary>One node as another one sees it.</summary>
/// <param name="State">
/// joining, weaklyup, up, leaving, exiting, down: what the cluster says; unreachable; known when it answers and is no member; absent
/// when it stands in the layout and was not met.
/// </param>
/// <param name="Leaving">It was told to give its data away.</param>
/// <param name="Chunks">How many it held when it last said so.</param>
public sealed record PeerStatus(
    string Name, string Replica, string Address, string PeerEndpoint, string State, bool InLayout, bool Self, bool Leaving = false, long Chunks = 0)
{
    /// <summary>Replicas of one partition lie in different zones while there are enough.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The share of the data that it is to hold, relative to the others.</summary>
    public long Weight { get; init; }

    /// <summary>Rows of partitions that it has left and still keeps, when it last said so.</summary>
    public long KeptRows { get; init; }

    /// <summary>By how much its wall clock is ahead of most nodes'; null while that is not known.</summary>
    public double? ClockAheadSeconds { get; init; }

    /// <summary>Bytes that its chunks took when it last said so.</summary>
    public long StoredBytes { get; init; }

    /// <summary>On the disk of its directory, when it last said so; null when it did not.</summary>
    public long? FreeBytes { get; init; }
}
