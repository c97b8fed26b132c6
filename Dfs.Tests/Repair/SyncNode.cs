using System.Collections.Immutable;
using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Repair;
using Dfs.Actors.Store;
using Dfs.Actors.Transfer;
using Dfs.Actors.Wire;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Storage.Listing;
using Dfs.Tests.Kit;
using Store = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.Repair;

/// <summary>A node with real disks, actors, remoting and peer endpoint; only who is there is told by the test.</summary>
internal sealed class SyncNode : IAsyncDisposable
{
    private static readonly ValueRules Rules = new((_, _, _) => null, _ => [], 16, _ => false, _ => 1);

    private readonly TempFolder _folder;
    private readonly ulong _start;
    private readonly BufferPool _reads = new(), _incoming = new();
    private readonly PeerDirectory _directory = new();
    private readonly LayoutFence _fence = new();
    private Store _catalog = null!;
    private PeerEndpoint _endpoint = null!;
    private PeerClient _peers = null!;
    private ChunkTraffic _traffic = null!;
    private ActorSystem _system = null!;
    private IActorRef _keeper = null!, _proposer = null!, _replica = null!;
    private IActorRef? _sync;
    private IReadOnlyList<SyncNode> _seen = [];
    private bool _isStopped;
    private RepairPacer _pacer = null!;

    public RepairState State { get; private set; } = null!;

    /// <summary>What replicas missed of this node's writes.</summary>
    public MissedNotes Missed { get; } = new(TimeProvider.System);

    public RepairSwitch Switch => _pacer.Switch;

    private SyncNode(string name, ReplicaId self, TempFolder folder, ulong start) =>
        (Name, Self, _folder, _start) = (name, self, folder, start);

    public string Name { get; }

    public ReplicaId Self { get; }

    public FolderChunkStore Chunks { get; private set; } = null!;

    public NodeCard Card { get; private set; } = null!;

    public Layout? Layout => _catalog.Layout;

    /// <summary>Heads of partitions that this directory has left and still has.</summary>
    public long KeptRows => _catalog.Kept.Rows;

    public static async Task<SyncNode> StartAsync(string name, ReplicaId self, bool isFirst = false)
    {
        var node = new SyncNode(name, self, new TempFolder(), 1);
        await node.OpenAsync();
        node.StartActors(isFirst);
        return node;
    }

    private LayoutSyncOptions Options => new(
        Self, _catalog, Chunks, _peers, _directory, _traffic, new CatalogClient(_proposer, _catalog), _keeper, _fence, State, _pacer)
    {
        Rules = Rules,
        Pace = TimeSpan.FromMilliseconds(100),
        Settle = TimeSpan.FromMilliseconds(100),
        RetryMin = TimeSpan.FromMilliseconds(100),
        BackgroundPause = TimeSpan.Zero,
        StrayRetryMin = TimeSpan.FromMilliseconds(100),
        StrayEvery = TimeSpan.FromMilliseconds(300),
    };

    /// <summary>Starts it again on the same directory, at other ports; stops it first when it runs.</summary>
    public async Task<SyncNode> RestartAsync()
    {
        await StopAsync();
        var node = new SyncNode(Name, Self, _folder, _start + 1);
        await node.OpenAsync();
        node.StartActors(isFirst: false);
        return node;
    }

    /// <summary>Tells it who is there, and what they say of themselves now.</summary>
    public void See(IEnumerable<SyncNode> nodes)
    {
        _seen = [.. nodes];
        var peers = _seen.ToImmutableSortedDictionary(node => node.Self, node => new PeerInfo(
            node.Card with { Layout = node.Layout?.Number ?? LayoutNumber.None }, "up", true));
        var view = new PeerView(Card.Address, true, peers);
        _directory.Update(view);
        _keeper.Tell(new MembershipProtocol.ViewChanged(view));
        foreach (var peer in peers.Values.Where(peer => peer.Card.Layout.CompareTo(Layout?.Number ?? LayoutNumber.None) > 0))
        {
            _keeper.Tell(new MembershipProtocol.NewerLayoutSeen(peer.Card.Layout, peer.Card.Address));
        }
    }

    /// <summary>The next greeting of those that it saw last.</summary>
    public void SeeAgain() => See(_seen);

    public void StartSync()
    {
        _sync = _system.ActorOf(LayoutSync.Props(Options), LayoutSync.Name);
        _system.ActorOf(StrayKeeper.Props(Options), StrayKeeper.Name);
        _system.ActorOf(CopyCensus.Props(Options), CopyCensus.Name);
        StartMissed();
    }

    /// <summary>Starts what tells others what they missed, and nothing that compares.</summary>
    public void StartMissed() => _system.ActorOf(MissedKeeper.Props(Options, Missed, _sync ?? ActorRefs.Nobody), MissedKeeper.Name);

    /// <summary>Has its keeper hear a report in any member's name, as a keeper that lies to itself would.</summary>
    public void Forge(SyncReport report) => _keeper.Tell(new MembershipProtocol.SyncProgress(report));

    /// <summary>Reports to another node's peer endpoint, as this node whoever it is about.</summary>
    public Task<PeerOutcome> ReportAsync(SyncNode to, SyncReport report) => _peers.TellProgressAsync(
        to._endpoint.Address, new PeerCall(Layout!.Cluster, Self, to.Self, Layout.Number, Epoch.First), SyncReportWire.Encode(report), CancellationToken.None);

    /// <summary>Starts what sees to rows and chunks that do not belong here, and nothing that pulls.</summary>
    public void StartStrays() => _system.ActorOf(StrayKeeper.Props(Options), StrayKeeper.Name);

    /// <summary>Its data directory.</summary>
    public string Folder => _folder.Path;

    /// <summary>An owner's names as this node knows them.</summary>
    /// <param name="file">Where they are kept.</param>
    public NameIndex NewIndex(OwnerSession owner, NameFile? file = null, Action<string>? onTrouble = null) =>
        new(IndexOptions(owner, file, onTrouble));

    public NameIndexOptions IndexOptions(OwnerSession owner, NameFile? file, Action<string>? onTrouble = null) =>
        new(Self, _catalog, _peers, _directory, owner, new CatalogClient(_proposer, _catalog))
        {
            File = file,
            OnTrouble = onTrouble ?? (static _ => { }),
        };

    public Task<RepairProtocol.SyncStateIs> SyncStateAsync() =>
        _sync.Ask<RepairProtocol.SyncStateIs>(new RepairProtocol.GetSyncState(), TimeSpan.FromSeconds(10));

    /// <returns>True when the write was acknowledged.</returns>
    public async Task<bool> WriteAsync(RegisterId register, byte[] value) =>
        await RunAsync(register, _ => new WriteValue(value)) is ChangeDone;

    /// <returns>Null when absent.</returns>
    public async Task<byte[]?> ReadAsync(RegisterId register) =>
        Assert.IsType<ReadDone>(await RunAsync(register, null)).View.Value?.ToArray();

    /// <summary>Places a chunk as a writer does.</summary>
    public async Task<bool> PlaceAsync(byte[] bytes)
    {
        await using var memory = new TransferMemory(_reads);
        try
        {
            await _traffic.PlaceAsync(ChunkTree.IdOf(bytes), bytes, LeafHashes.Of(bytes), memory, () => { });
            return true;
        }
        catch (TransferException)
        {
            return false;
        }
    }

    /// <summary>The row as this directory alone has it.</summary>
    public async Task<RegisterRow?> RowAsync(RegisterId register)
    {
        var page = await _catalog.ReadPartitionAsync(register.Partition, null, RowPages.RowsMax);
        return page.Rows.FirstOrDefault(row => row.Key.Register == register);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    public async Task StopAsync()
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        await _system.Terminate();
        await _endpoint.DisposeAsync();
        _peers.Dispose();
        await Chunks.DisposeAsync();
        await _catalog.DisposeAsync();
    }

    private async Task OpenAsync()
    {
        _pacer = new RepairPacer(new RepairSwitch(HostDisk.Instance, Path.Combine(_folder.Path, "repair")), () => false);
        State = new RepairState(new DamagedChunks(), _pacer.Switch, () => 0, TimeProvider.System);
        _catalog = Assert.IsType<CatalogOpenOutcome.Opened>(
            Store.Open(Path.Combine(_folder.Path, "catalog"), Self, _start, isUnserved: _start == 1, Rules)).Store;
        Chunks = FolderChunkStore.Open(new(HostDisk.Instance, Path.Combine(_folder.Path, "chunks"), _reads) { ReserveBytes = 0 });
        var gate = new LayoutGate(Self, () => _catalog.Layout, _directory, OnNewerLayout);
        _endpoint = new PeerEndpoint(new PeerEndpointOptions(new IPEndPoint(IPAddress.Loopback, 0), gate, Chunks, _incoming)
        {
            Catalog = _catalog,
            OnProgress = report => _keeper?.Tell(new MembershipProtocol.SyncProgress(report)),
        });
        await _endpoint.StartAsync(CancellationToken.None);
        _peers = new PeerClient(new PeerClientOptions(), _reads);
        _traffic = new ChunkTraffic(new ChunkTrafficOptions(
            Self, Chunks, _peers, _directory, () => _catalog.Layout, OnNewerLayout, TimeProvider.System)
        {
            Epoch = () => _catalog.Epoch,
            Missed = Missed.Note,
        });
    }

    private void StartActors(bool isFirst)
    {
        var config = ConfigurationFactory.ParseString(
            """
            akka.loggers = ["Akka.Event.DefaultLogger"]
            akka.loglevel = WARNING
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            """).WithFallback(ConfigurationFactory.FromResource("Dfs.Actors.reference.conf", typeof(ReplicaActor).Assembly));
        _system = ActorSystem.Create("dfs", config);
        Card = new NodeCard(
            Self, _start, Name, Name, 1, ((ExtendedActorSystem)_system).Provider.DefaultAddress.ToString(),
            _endpoint.Address.ToString().TrimEnd('/'), null, LayoutNumber.None, 3, "", []);
        CatalogClient? client = null;
        _replica = _system.ActorOf(ReplicaActor.Props(Self, _catalog), ReplicaActor.Name);
        _keeper = _system.ActorOf(
            LayoutKeeper.Props(new LayoutKeeperOptions(Self, isFirst, 3, new LayoutFactors(3, 3), _catalog, () => client!, _fence)
            {
                Round = TimeSpan.FromMilliseconds(100),
                Policy = LayoutPolicy.Default with { Settle = TimeSpan.FromMilliseconds(300) },
            }),
            LayoutKeeper.Name);
        _proposer = _system.ActorOf(
            ProposerActor.Props(new ProposerOptions(
                Self, _start, () => _catalog.Layout, Rules, ProposerTimes.Default, _directory, _replica, _keeper)
            {
                Epoch = () => _catalog.Epoch,
                Missed = Missed.Note,
            }),
            ProposerActor.Name);
        client = new CatalogClient(_proposer, _catalog);
    }

    private void OnNewerLayout(ReplicaId replica, LayoutNumber number)
    {
        if (_directory.AddressOf(replica, _catalog.Layout) is { } address)
        {
            _keeper.Tell(new MembershipProtocol.NewerLayoutSeen(number, address));
        }
    }

    // Without an operation id: the tests write each value twice at most, and the same one.
    private async Task<ProposerOutcome> RunAsync(RegisterId register, RegisterChange? change)
    {
        var operation = new RegisterOperation(new RowKey(false, register), null, change, PartitionClaim.IfFree, Epoch.First, 1);
        var ended = await _proposer.Ask<CatalogMessages.OperationEnded>(
            new CatalogMessages.RunOperation(operation), TimeSpan.FromSeconds(20));
        return ended.Outcome;
    }
}
