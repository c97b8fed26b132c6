using System.IO.Pipelines;
using Akka.Actor;
using Akka.Configuration;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Node.Hosting;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Storage.Keyring;
using Dfs.Tests.Placement;
using static Dfs.Actors.Catalog.CatalogMessages;
using StoredCatalog = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.Kit;

/// <summary>An owner's files on a node alone, without a network: keyring, catalog and chunks on a real disk, and the product's actors on them.</summary>
internal sealed class SoloNode : IAsyncDisposable
{
    private readonly BufferPool _buffers = new();
    private readonly ActorSystem _system = ActorSystem.Create("dfs", ConfigurationFactory.ParseString("akka.loglevel = ERROR"));
    private readonly StoredCatalog _catalog;
    private readonly SegmentChunkStore _chunks;
    private readonly PeerClient _peers;
    private readonly NodeOwner _owner;
    private readonly NameIndex _names;
    private readonly DfsClient _client;
    private readonly KeyRotation _rotation;
    private readonly IActorRef _replica;
    private StoredCatalog? _forgetful;

    private SoloNode(
        string root, StoredCatalog catalog, ulong start, ValueRules rules, OwnerSession session, IDisk keyringDisk, Action step, AnswerLimit answers,
        Func<IChunkStore, IChunkStore> shown)
    {
        _catalog = catalog;
        _chunks = SegmentChunkStore.Open(new SegmentChunkStoreOptions(HostDisk.Instance, Path.Combine(root, "chunks"), _buffers) { ReserveBytes = 0 });
        _peers = new PeerClient(new PeerClientOptions(), _buffers);
        _owner = new NodeOwner(KeyringIn(root), session) { Disk = keyringDisk };
        var (self, directory) = (Members.Id(1), new PeerDirectory());
        _replica = _system.ActorOf(Props.Create(() => new Exchangeable(self, catalog)));
        var proposer = _system.ActorOf(ProposerActor.Props(new ProposerOptions(
            self, start, () => catalog.Layout, rules, ProposerTimes.Default, directory, _replica, ActorRefs.Nobody)
        {
            Epoch = () => catalog.Epoch,
        }));
        var client = new CatalogClient(_system.ActorOf(Props.Create(() => new OneByOne(proposer, step))), catalog)
        {
            Seen = new SeenHeads { Noticed = (_, back) => WentBack.Enqueue(back) },
        };
        _names = new NameIndex(new NameIndexOptions(self, catalog, _peers, directory, session, client));
        var traffic = new ChunkTraffic(new ChunkTrafficOptions(
            self, shown(_chunks), _peers, directory, () => catalog.Layout, static (_, _) => { }, TimeProvider.System)
        {
            Epoch = () => catalog.Epoch,
        });
        var transfers = new TransferOptions(
            session, client, traffic, _buffers, new BucketRegistry(session, client, _names, () => catalog.Layout, TimeProvider.System) { Answers = answers },
            () => catalog.Layout, TimeProvider.System, TransfersMax: 4, ChunksInFlight: 4)
        {
            Answers = answers,
        };
        _client = new DfsClient(transfers, _system.ActorOf(TransferSupervisor.Props(transfers)), _names);
        _rotation = new KeyRotation(transfers, _names, self, _peers, directory);
    }

    public long Chunks => _chunks.State.Chunks;

    public static string KeyringIn(string root) => Path.Combine(root, "keyring");

    /// <param name="start">Above those before.</param>
    /// <param name="keyringDisk">Null for the machine's.</param>
    /// <param name="step">Called before each change of a head and right behind it, while it is under way; they come one by one.</param>
    /// <param name="answers">How long clients wait; null as without settings.</param>
    /// <param name="shown">What transfers have in place of its store of chunks.</param>
    public static async Task<SoloNode> StartAsync(
        string root, ulong start, IDisk? keyringDisk = null, Action? step = null, AnswerLimit? answers = null, Func<IChunkStore, IChunkStore>? shown = null)
    {
        var layout = Members.First(1, factor: 1);
        var rules = HeadRules.Create(() => layout.Cluster);
        var opened = Assert.IsType<CatalogOpenOutcome.Opened>(StoredCatalog.Open(Path.Combine(root, "catalog"), Members.Id(1), start, isUnserved: start == 1, rules));
        await opened.Store.InstallAsync(layout);
        var keys = Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(KeyringIn(root), default)).Keys;
        return new SoloNode(root, opened.Store, start, rules, new OwnerSession(keys), keyringDisk ?? HostDisk.Instance, step ?? (static () => { }), answers ?? AnswerLimit.Default, shown ?? (static store => store));
    }

    public IDfsClient Client => _client;

    /// <summary>What was told of files that went back.</summary>
    public Queue<WentBack> WentBack { get; } = [];

    /// <summary>From here on its replica answers from a catalog that has never had a file, as if its disk had been exchanged.</summary>
    /// <param name="root">Of that catalog.</param>
    public async Task ExchangeReplicaAsync(string root)
    {
        var layout = _catalog.Layout!;
        var opened = Assert.IsType<CatalogOpenOutcome.Opened>(StoredCatalog.Open(
            Path.Combine(root, "catalog"), _catalog.Self, 1, isUnserved: true, HeadRules.Create(() => layout.Cluster)));
        _forgetful = opened.Store;
        await _forgetful.InstallAsync(layout);
        _replica.Tell(_forgetful);
    }

    /// <summary>From here on its replica does not answer such requests, as one whose disk hangs; null: it answers all.</summary>
    public void Hang(Func<CatalogProtocol.Request, bool>? which) => _replica.Tell(new Hung(which ?? (static _ => false)));

    public async Task PutAsync(string name, byte[] content)
    {
        var put = await _client.PutAsync(KeyOf(name), PipeReader.Create(new MemoryStream(content)), PutOptions.Default, default);
        Assert.Equal(DfsOutcome.Done, put.Outcome);
    }

    public async Task<byte[]> GetAsync(string name)
    {
        var opened = await _client.OpenAsync(KeyOf(name), default);
        Assert.True(opened.Outcome == DfsOutcome.Done, $"{name}: {opened.Detail}");
        await using var file = opened.File!;
        var content = new MemoryStream();
        Assert.Equal(DfsOutcome.Done, (await file.CopyToAsync(PipeWriter.Create(content), 0, file.SizeBytes, default)).Outcome);
        return content.ToArray();
    }

    public async Task<IReadOnlyList<string>> ListAsync()
    {
        var page = await _client.ListAsync(ObjectKey.DefaultBucket, ListOptions.All, default);
        Assert.Equal(DfsOutcome.Done, page.Outcome);
        return [.. page.Entries.Select(entry => entry.Name)];
    }

    public Task<OwnerAnswer> RotateAsync() => new KeyringRotation(_owner, _rotation).RunAsync(default);

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _names.Dispose();
        _peers.Dispose();
        await _chunks.DisposeAsync();
        await _catalog.DisposeAsync();
        if (_forgetful is not null)
        {
            await _forgetful.DisposeAsync();
        }

        _owner.Dispose();
    }

    public static ObjectKey KeyOf(string name)
    {
        Assert.True(ObjectKey.TryCreate(ObjectKey.DefaultBucket, name, out var key, out _));
        return key;
    }

    private sealed record Hung(Func<CatalogProtocol.Request, bool> Which);

    /// <summary>Before the replica: which it is may change, and what it answers.</summary>
    private sealed class Exchangeable(ReplicaId self, StoredCatalog catalog) : UntypedActor
    {
        private IActorRef _replica = Context.ActorOf(ReplicaActor.Props(self, catalog));
        private Func<CatalogProtocol.Request, bool> _isHung = static _ => false;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case StoredCatalog other: _replica = Context.ActorOf(ReplicaActor.Props(self, other)); break;
                case Hung hung: _isHung = hung.Which; break;
                case ReplicaRequest request when _isHung(request.Request): break;
                case ReplicaRequests all when all.Requests.Any(one => _isHung(one.Request)):
                    foreach (var request in all.Requests.Where(one => !_isHung(one.Request)))
                    {
                        _replica.Forward(request);
                    }

                    break;
                default: _replica.Forward(message); break;
            }
        }
    }

    /// <summary>Before the proposer: lets one change of a register through at a time.</summary>
    private sealed class OneByOne(IActorRef proposer, Action step) : UntypedActor
    {
        private readonly Queue<(RunOperation Change, IActorRef Asker)> _waiting = [];

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case RunOperation { Operation.Change: null } read: proposer.Forward(read); break;
                case RunOperation change: Begin(change); break;
                case OperationEnded ended: End(ended); break;
                default: Unhandled(message); break;
            }
        }

        private void Begin(RunOperation change)
        {
            _waiting.Enqueue((change, Sender));
            if (_waiting.Count == 1)
            {
                Send();
            }
        }

        private void End(OperationEnded ended)
        {
            _waiting.Dequeue().Asker.Tell(ended);
            if (_waiting.Count > 0)
            {
                Send();
            }
        }

        private void Send()
        {
            step();
            proposer.Tell(_waiting.Peek().Change, Self);
            step();
        }
    }
}
