using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Membership;

/// <summary>What a node says of itself to its peers.</summary>
/// <param name="Start">Counts the starts of its directory; a lower one than known is refused (a rolled-back directory).</param>
/// <param name="Address">"akka.tcp://dfs@host:port".</param>
/// <param name="PeerEndpoint">"http://host:port".</param>
/// <param name="Cluster">Null before the first layout.</param>
/// <param name="MemberCount">Reachable members of its actor system's cluster; 0 when it is in none.</param>
/// <param name="Island">The lowest address among them.</param>
/// <param name="Known">Addresses of peers that it has met, at most <see cref="KnownMax"/>.</param>
public sealed record NodeCard(
    ReplicaId Replica,
    ulong Start,
    string Name,
    string Zone,
    uint Weight,
    string Address,
    string PeerEndpoint,
    ClusterId? Cluster,
    LayoutNumber Layout,
    int MemberCount,
    string Island,
    ImmutableArray<string> Known)
{
    /// <summary>One hundred, as many as a layout has members.</summary>
    public const int KnownMax = 100;

    /// <summary>It was told to give its data away, durably.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>It has no keyring: it does not begin what is a gateway's to begin.</summary>
    public bool StoresOnly { get; init; }

    /// <summary>How many chunks it holds.</summary>
    public long Chunks { get; init; }

    /// <summary>Rows of partitions that it has left, whose replicas have not all shown them yet.</summary>
    public long KeptRows { get; init; }

    /// <summary>Of ciphertext, in them.</summary>
    public long Bytes { get; init; }

    /// <summary>On the disk of its directory; null from a node that does not say.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>What its wall clock showed when it wrote this, in milliseconds since 1970; null from a node that does not say.</summary>
    public long? ClockUnixMs { get; init; }

    /// <summary>What it has counted and repaired.</summary>
    public RepairFacts Repair { get; init; } = RepairFacts.None;

    public PeerFact Fact => new(Replica, Address, Cluster, MemberCount, Island);
}
