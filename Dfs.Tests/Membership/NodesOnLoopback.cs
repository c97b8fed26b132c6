using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Dfs.Actors.Client;
using Dfs.Actors.Trust;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Signing;
using Dfs.Gateway.Trust;
using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Storage.Trust;
using Dfs.Tests.Kit;
using Dfs.Tests.Trust;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dfs.Tests.Membership;

/// <summary>Whole nodes in this process: real sockets, real disks, one owner, times short enough for tests.</summary>
/// <remarks>Numbered from 1; the first is the first listed seed. A node that is started again has its directory and port again.</remarks>
internal sealed class NodesOnLoopback : IAsyncDisposable
{
    private const string FastTimes =
        """
        akka.cluster {
          gossip-interval = 200ms
          leader-actions-interval = 200ms
          unreachable-nodes-reaper-interval = 200ms
          periodic-tasks-initial-delay = 200ms
          failure-detector { heartbeat-interval = 300ms, acceptable-heartbeat-pause = 1s, expected-response-after = 300ms }
        }
        akka.coordinated-shutdown.default-phase-timeout = 2s
        """;

    private readonly TempFolder _folder = new();
    private readonly OwnerSession _owner = new(OwnerKeys.Create(TestBytes.FreshSource(1)));
    private readonly OwnerSession? _other;
    private readonly Dictionary<int, NodeHost> _running = [];
    private readonly Dictionary<int, int> _ports = [];
    private readonly string _times;
    private readonly string[] _seeds;
    private readonly int _expect;
    private readonly bool _hasS3;

    /// <param name="isSeedRelayed">
    /// Peers reach the first node through a relay that can be frozen. It is the first because the others connect to it.
    /// </param>
    /// <param name="downAfter">How long the cluster waits for a silent node.</param>
    /// <param name="expect">How many nodes form the first layout. One alone has no seeds and takes any free port.</param>
    /// <param name="hasS3">Every node has an S3 endpoint and a second owner, "other"; and <see cref="FirstKey"/> is a key there.</param>
    public NodesOnLoopback(bool isSeedRelayed, TimeSpan downAfter, int expect = 3, bool hasS3 = false)
    {
        (_expect, _hasS3) = (expect, hasS3);
        _other = hasS3 ? new OwnerSession(OwnerKeys.Create(TestBytes.FreshSource(2))) : null;
        _ports[1] = expect > 1 ? FreePort() : 0;
        Relay = isSeedRelayed ? new FrozenRelay(_ports[1]) : null;
        _seeds = expect > 1 ? [$"127.0.0.1:{Relay?.Port ?? _ports[1]}"] : [];
        _times = $"{FastTimes}\nakka.cluster.split-brain-resolver.stable-after = {downAfter.TotalMilliseconds}ms";
    }

    public FrozenRelay? Relay { get; }

    public AccessKeyPair FirstKey { get; } = new("first-key", SecretAccessKey.Create());

    /// <summary>So long that no rule is applied in the background unless a test says so.</summary>
    public TimeSpan RetentionEvery { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Of the data; a node that is not named has 100.</summary>
    public Dictionary<int, int> Weights { get; } = [];

    /// <summary>A node that is not named has one of its own.</summary>
    public Dictionary<int, string> Zones { get; } = [];

    public bool LayoutAuto { get; init; } = true;

    /// <summary>Mutual TLS with certificates of this authority, which the first node has; null: plain connections. Disposed of here.</summary>
    public TestCluster? Cluster { get; init; }

    /// <summary>Mutual TLS with these files of an organisation's, for each node; null: see <see cref="Cluster"/>.</summary>
    public Func<int, OrganisationFiles>? Organisation { get; init; }

    public IEnumerable<NodeHost> Running => _running.Values;

    public NodeHost this[int number] => _running[number];

    public async Task<NodeHost> StartAsync(int number)
    {
        var port = _ports.GetValueOrDefault(number);
        NodeOwner[] owners = [new("keyring", _owner), .. _other is null ? Array.Empty<NodeOwner>() : [new NodeOwner("other", _other)]];
        var settings = Settings(number, port);
        if (Cluster is { Authority: var authority } && !new TlsFolder(settings.DataDirectory).HasCertificate)
        {
            using var directory = NodeOpening.Directory(settings).Value;
            NodeCertificates.Issue(new TlsFolder(directory.Path), authority, settings, directory, TimeProvider.System.GetUtcNow());
        }

        var host = await NodeHost.StartAsync(settings, owners, NullLoggerFactory.Instance, default, number == 1 ? Cluster?.Authority : null);
        _ports[number] = port > 0 ? port : Akka.Actor.Address.Parse(host.Address).Port!.Value;
        _running.Add(number, host);
        return host;
    }

    public async Task StartAsync(params IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            await StartAsync(number);
        }
    }

    /// <summary>Leaves the cluster, then ends.</summary>
    public async Task StopAsync(int number)
    {
        _running.Remove(number, out var host);
        await host!.DisposeAsync();
    }

    /// <summary>Ends without a word to the others.</summary>
    public async Task CrashAsync(int number)
    {
        _running.Remove(number, out var host);
        _ = host!.System?.Terminate();
        await host.DisposeAsync();
    }

    /// <summary>How that node sees the one with the name: "up", "unreachable" and so on.</summary>
    public string StateOf(int seenBy, int number) =>
        _running[seenBy].View.Status().Peers.FirstOrDefault(peer => peer.Name == NameOf(number))?.State ?? "unknown";

    public static async Task<DfsOutcome> PutAsync(NodeHost node, string name, byte[] content)
    {
        var result = await node.Client.PutAsync(Key(name), PipeReader.Create(new MemoryStream(content)), PutOptions.Default, default);
        return result.Outcome;
    }

    /// <returns>Null when it is not there or cannot be had.</returns>
    public static async Task<byte[]?> GetAsync(NodeHost node, string name)
    {
        var opened = await node.Client.OpenAsync(Key(name), default);
        if (opened.File is null)
        {
            return null;
        }

        await using var file = opened.File;
        using var content = new MemoryStream();
        var writer = PipeWriter.Create(content, new StreamPipeWriterOptions(leaveOpen: true));
        var end = await file.CopyToAsync(writer, 0, file.SizeBytes, default);
        await writer.CompleteAsync();
        return end.Outcome == DfsOutcome.Done ? content.ToArray() : null;
    }

    public static async Task<string> NamesAsync(NodeHost node)
    {
        var listing = await node.Client.ListAsync(ObjectKey.DefaultBucket, ListOptions.All, default);
        return listing.Outcome == DfsOutcome.Done ? string.Join(' ', listing.Entries.Select(entry => entry.Name)) : listing.Detail;
    }

    public static ObjectKey Key(string name) =>
        ObjectKey.TryCreate(name, out var key, out var refusal) ? key : throw new ArgumentException(refusal, nameof(name));

    /// <summary>What stands in the nodes' audit logs.</summary>
    public AuditLevel Audit { get; init; } = AuditLevel.Admin;

    /// <summary>What a node that is modified has: its own certificate and key, from its directory.</summary>
    public NodeTrust TrustOf(int number) => new(new TlsFolder(DataDirectoryOf(number)).Load(), Revocations.Empty, TimeProvider.System);

    public LayoutSigner SignerOf(int number) => new(TrustOf(number), null);

    public ReplicaId ReplicaOf(int number)
    {
        using var trust = TrustOf(number);
        return trust.Certificate.Identity!.Replica;
    }

    public string DataDirectoryOf(int number) => Path.Combine(_folder.Path, NameOf(number));

    public static string NameOf(int number) => $"node{number}";

    public async ValueTask DisposeAsync()
    {
        Relay?.Thaw();
        // Without a word: a test is over sooner, and every one of them leaves nothing behind but this folder.
        await Task.WhenAll(_running.Keys.ToList().Select(CrashAsync));
        if (Relay is not null)
        {
            await Relay.DisposeAsync();
        }

        _owner.Dispose();
        _other?.Dispose();
        Cluster?.Dispose();
        _folder.Dispose();
    }

    private NodeSettings Settings(int number, int port) => new()
    {
        Name = NameOf(number),
        Host = IPAddress.Loopback,
        Port = port,
        PeerPort = 0,
        Http = new IPEndPoint(IPAddress.Loopback, 0),
        S3 = _hasS3 ? new IPEndPoint(IPAddress.Loopback, 0) : null,
        S3FirstKey = FirstKey,
        Seeds = _seeds,
        BootstrapExpect = _expect,
        DataDirectory = DataDirectoryOf(number),
        KeyringFile = Path.Combine(_folder.Path, "keyring"),
        Trust = TrustSettings.Plain with { IsTls = Cluster is not null || Organisation is not null, Organisation = Organisation?.Invoke(number) },
        Zone = Zones.GetValueOrDefault(number, NameOf(number)),
        Weight = Weights.GetValueOrDefault(number, 100),
        DataFactor = 3,
        MetadataFactor = 3,
        LayoutAuto = LayoutAuto,
        LayoutSettle = TimeSpan.FromSeconds(1),
        LayoutDeadAfter = TimeSpan.FromHours(24),
        RetentionEvery = RetentionEvery,
        ScrubEvery = TimeSpan.Zero,
        ScrubBytesPerSecond = 8_000_000,
        GarbageTrashEpochs = 0,
        GarbageEvery = TimeSpan.FromHours(24),
        TransfersMax = 16,
        ChunksInFlight = 4,
        AuditLevel = Audit,
        LogLevel = "error",
        AkkaOverlay = number == 1 && Relay is not null
            ? $"{_times}\nakka.remote.dot-netty.tcp.public-port = {Relay.Port}"
            : _times,
    };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
