using System.Net.Security;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Repair;
using Dfs.Actors.Store;
using Dfs.Actors.Transfer;
using Dfs.Actors.Trust;
using Dfs.Core.Catalog;
using Dfs.Node.Configuration;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Storage.Events;
using Microsoft.Extensions.Logging;

namespace Dfs.Node.Hosting;

/// <summary>What a node has that outlives its actor system: disks, keys, the peer endpoint, and who is where.</summary>
public sealed record NodeParts
{
    private ulong _proposerStarts;

    public required NodeSettings Settings { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    public required IReadOnlyList<NodeOwner> Owners { get; init; }

    public required DataDirectory Directory { get; init; }

    public required CatalogStore Catalog { get; init; }

    public required ValueRules Rules { get; init; }

    public required IChunkStore Chunks { get; init; }

    public required PeerDirectory Peers { get; init; }

    public required LayoutFence Fence { get; init; }

    public required GarbageSink Garbage { get; init; }

    public required Scrubber Scrub { get; init; }

    public required DamagedChunks Damaged { get; init; }

    public required RepairState Repair { get; init; }

    public required MissedNotes Missed { get; init; }

    public SeenHeads Seen { get; } = new();

    public required PeerAudits Audits { get; init; }

    public required RepairPacer Pacer { get; init; }

    public required EventLog Events { get; init; }

    public required ChunkTraffic Traffic { get; init; }

    public required PeerClient PeerClient { get; init; }

    /// <summary>Null where connections between nodes are plain.</summary>
    public required NodeTrust? Trust { get; init; }

    public required TrustKeeper? TrustKeeper { get; init; }

    /// <summary>Of the ports for clients, asked for each connection; null when neither has TLS.</summary>
    public required Func<SslStreamCertificateContext>? ClientCertificate { get; init; }

    /// <summary>Null in a cluster without an authority of its own: layouts are not signed there.</summary>
    public required LayoutNotary? Notary { get; init; }

    public required ITrustClient Trusting { get; init; }

    public required NodeMemory Memory { get; init; }

    public required TransferRates Rates { get; init; }

    /// <summary>Of the peer endpoint, with the port that it got.</summary>
    public required string PeerUrl { get; init; }

    public required Func<CatalogClient, OwnerSession, NameIndex> Names { get; init; }

    /// <summary>On the disk of the data directory; 0 while that cannot be asked.</summary>
    public long FreeBytes
    {
        get
        {
            try
            {
                return HostDisk.Instance.FreeBytes(Directory.Path);
            }
            catch (DiskException)
            {
                return 0;
            }
        }
    }

    /// <summary>In their order; without any, on a port that nobody could know before, the node is its own.</summary>
    /// <param name="selfAddress">Of the actor system, with the port that it got.</param>
    public IReadOnlyList<string> SeedAddresses(string selfAddress) =>
        Settings.Seeds.Count == 0 ? [selfAddress] : [.. Settings.Seeds.Select(seed => ActorRuntime.AddressOf(seed, Trust is not null))];

    public bool IsFirstSeed(string selfAddress) => SeedAddresses(selfAddress)[0] == selfAddress;

    /// <summary>
    /// What makes a proposer's ballots unique: the directory's start counter, and below it the actor systems of this
    /// process, because a new one counts its ballots from the beginning.
    /// </summary>
    public ulong NextProposerStart() => (Directory.Identity.StartCounter << 16) + _proposerStarts++;
}
