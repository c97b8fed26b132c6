using System.Net;
using Dfs.Core.Trust;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Dfs.Storage.ChunkStore;

namespace Dfs.Node.Configuration;

/// <summary>Everything that a node is started with, checked.</summary>
public sealed record NodeSettings
{
    public required string Name { get; init; }

    public required IPAddress Host { get; init; }

    /// <summary>Of Akka.Remote; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Of the peer endpoint; 0 takes a free one.</summary>
    public required int PeerPort { get; init; }

    /// <summary>Of the admin interface; port 0 takes a free one.</summary>
    public required IPEndPoint Http { get; init; }

    /// <summary>Of the S3 endpoint; port 0 takes a free one, null has none.</summary>
    public IPEndPoint? S3 { get; init; }

    /// <summary>Hosts below it are buckets; empty for path style only.</summary>
    public string S3Domain { get; init; } = "localhost";

    /// <summary>An access key of the first owner that is on no disk; null for none.</summary>
    public AccessKeyPair? S3FirstKey { get; init; }

    /// <summary>"host:port", in the order that every node has them; empty when the node is its own on any free port.</summary>
    public required IReadOnlyList<string> Seeds { get; init; }

    public required int BootstrapExpect { get; init; }

    /// <summary>Absolute path.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Null: what the data directory has, segments when it is new.</summary>
    public StoreLayout? StoreLayout { get; init; }

    /// <summary>Absolute path, outside the data directory.</summary>
    public required string KeyringFile { get; init; }

    /// <summary>Absolute paths of the keyrings of more owners, outside the data directory.</summary>
    public IReadOnlyList<string> MoreKeyrings { get; init; } = [];

    public TrustSettings Trust { get; init; } = TrustSettings.Plain;

    public ClientTlsSettings ClientTls { get; init; } = ClientTlsSettings.Auto;

    /// <summary>It holds what others store and has no keyring: no files for clients, no S3.</summary>
    public bool StoresOnly { get; init; }

    /// <summary>What its certificate is to say.</summary>
    public NodeRole Role => StoresOnly ? NodeRole.Storage : NodeRole.Gateway;

    public required string Zone { get; init; }

    public required int Weight { get; init; }

    public required int DataFactor { get; init; }

    public required int MetadataFactor { get; init; }

    /// <summary>Newcomers are taken into the layout without a person.</summary>
    public required bool LayoutAuto { get; init; }

    /// <summary>How long a newcomer must have been here before.</summary>
    public required TimeSpan LayoutSettle { get; init; }

    /// <summary>How long a member must have been away to be left out without a person.</summary>
    public required TimeSpan LayoutDeadAfter { get; init; }

    /// <summary>From one look through the buckets' keep rules to the next.</summary>
    public required TimeSpan RetentionEvery { get; init; }

    /// <summary>From the end of one reading of the whole store to the next; zero: never by itself.</summary>
    public required TimeSpan ScrubEvery { get; init; }

    /// <summary>Of ciphertext.</summary>
    public required long ScrubBytesPerSecond { get; init; }

    /// <summary>How many collections garbage rests before it is deleted.</summary>
    public required int GarbageTrashEpochs { get; init; }

    /// <summary>Time from one collection to the next.</summary>
    public required TimeSpan GarbageEvery { get; init; }

    public required int TransfersMax { get; init; }

    public required int ChunksInFlight { get; init; }

    /// <summary>Content that clients send; 0: unlimited.</summary>
    public long UploadBytesPerSecond { get; init; }

    /// <summary>Content that clients fetch; 0: unlimited.</summary>
    public long DownloadBytesPerSecond { get; init; }

    /// <summary>Chunks that are pulled and handed back with no client waiting; 0: unlimited.</summary>
    public long BackgroundBytesPerSecond { get; init; }

    /// <summary>What one key, and one address, may ask of the ports for clients.</summary>
    public ClientLimitSettings ClientLimits { get; init; } = ClientLimitSettings.Default;

    /// <summary>What stands in the audit log.</summary>
    public AuditLevel AuditLevel { get; init; } = AuditLevel.Admin;

    /// <summary>Of the audit log's files together.</summary>
    public long AuditSizeBytesMax { get; init; } = 64_000_000;

    /// <summary>Of the files together of the log of what is done to files.</summary>
    public long AuditChangesBytesMax { get; init; } = 256_000_000;

    /// <summary>Null: none are sent.</summary>
    public TraceSettings? Trace { get; init; }

    /// <summary>debug, info, warning or error.</summary>
    public required string LogLevel { get; init; }

    /// <summary>HOCON lines that overlay the actor system's settings; empty when there are none.</summary>
    public required string AkkaOverlay { get; init; }
}
