using System.Collections.Concurrent;
using System.Net;
using Dfs.Actors.Membership;
using Dfs.Actors.Repair;
using Dfs.Actors.Store;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Transfer;

/// <summary>A node as chunks see it: a store on a simulated disk behind a real peer endpoint, and the traffic of its own.</summary>
internal sealed class TrafficNode : IAsyncDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private readonly BufferPool _buffers = new();
    private readonly PeerClient _peers;
    private readonly PeerEndpoint _endpoint;
    private readonly PeerDirectory _directory = new();
    private bool _isDown;

    private TrafficNode(int number, TimeSpan stragglerGrace, StoreLayout layout, HedgeLimits? hedging, Func<IChunkStore, IChunkStore>? shown, TimeProvider? time)
    {
        Self = Members.Id(number);
        Store = layout == StoreLayout.Segments
            ? SegmentChunkStore.Open(new(Disk, "/chunks", _buffers) { ReserveBytes = 0 })
            : FolderChunkStore.Open(new(Disk, "/chunks", _buffers) { ReserveBytes = 0 });
        _endpoint = new PeerEndpoint(new(
            new IPEndPoint(IPAddress.Loopback, 0), new LayoutGate(Self, () => Layout, _directory, Learn), shown?.Invoke(Store) ?? Store, _buffers)
        {
            OnHandedOver = (chunk, meant) => HandedOver.Enqueue((chunk, meant)),
            OnDefect = Defects.Enqueue,
        });
        _peers = new PeerClient(new PeerClientOptions(), _buffers);
        Audits = new PeerAudits(Self, Store, _peers, _directory, () => Layout, () => Epoch, Time);
        Traffic = new ChunkTraffic(new ChunkTrafficOptions(Self, Store, _peers, _directory, () => Layout, Learn, time ?? TimeProvider.System)
        {
            Epoch = () => Epoch,
            IsBelieved = Audits.IsBelieved,
            Missed = (replica, chunk) => Missed.Enqueue((chunk, replica)),
            StragglerGrace = stragglerGrace,
            Hedging = hedging ?? new HedgeLimits { DelayMin = Never, DelayMax = Never },
        });
    }

    public ReplicaId Self { get; }

    public SimDisk Disk { get; } = new();

    public IChunkStore Store { get; }

    public ChunkTraffic Traffic { get; }

    public PeerAudits Audits { get; }

    /// <summary>By which its audits wait.</summary>
    public HandTime Time { get; } = new();

    public Layout? Layout { get; set; }

    public Epoch Epoch { get; set; } = Epoch.First;

    public ConcurrentQueue<(ChunkId Chunk, ReplicaId Meant)> HandedOver { get; } = new();

    /// <summary>Of chunks that it placed.</summary>
    public ConcurrentQueue<(ChunkId Chunk, ReplicaId By)> Missed { get; } = new();

    public ConcurrentQueue<Exception> Defects { get; } = new();

    /// <summary>Called for each number of a layout that is newer than this node's, with who knows it.</summary>
    public Action<ReplicaId, LayoutNumber> NewerLayoutSeen { get; set; } = static (_, _) => { };

    public Uri Address { get; private set; } = null!;

    /// <param name="stragglerGrace">How long its placements wait for the last replica.</param>
    /// <param name="hedging">Null: a read waits for as long as it takes, however busy the machine is.</param>
    /// <param name="shown">What its peer endpoint has in place of its store.</param>
    /// <param name="time">By which its traffic tells how long something takes; null for the system's.</param>
    public static async Task<TrafficNode> StartAsync(
        int number, TimeSpan stragglerGrace, StoreLayout layout = StoreLayout.Folders, HedgeLimits? hedging = null,
        Func<IChunkStore, IChunkStore>? shown = null, TimeProvider? time = null)
    {
        var node = new TrafficNode(number, stragglerGrace, layout, hedging, shown, time);
        await node._endpoint.StartAsync(CancellationToken.None);
        node.Address = node._endpoint.Address;
        return node;
    }

    public LayoutMember Member(int number) => LayoutMember.Newcomer(
        Self, 1, $"node{number}", $"zone{number}", 1, $"akka.tcp://dfs@127.0.0.1:{number}", Address.ToString().TrimEnd('/'));

    /// <summary>Places a chunk as a transfer does, and waits until nobody reads its bytes any more.</summary>
    /// <param name="asksFirst">As an upload that is begun again does.</param>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> PlaceAsync(SampleChunk chunk, bool asksFirst = false)
    {
        await using var memory = new TransferMemory(_buffers);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            return await Traffic.PlaceAsync(chunk.Id, chunk.Bytes, LeafHashes.Of(chunk.Bytes), memory, released.SetResult, asksFirst);
        }
        finally
        {
            await released.Task;
        }
    }

    public async Task PinAsync(params IReadOnlyCollection<ChunkId> ids)
    {
        await using var memory = new TransferMemory(_buffers);
        await Traffic.PinAsync(ids, Epoch, memory);
    }

    /// <summary>Pulls what is missing of a partition, as a node does that was away.</summary>
    public async Task<bool> PullAsync(PartitionId partition, RateLimit background)
    {
        var pacer = new RepairPacer(new RepairSwitch(Disk, "/repair"), static () => false);
        var state = new RepairState(new DamagedChunks(), pacer.Switch, static () => 0, TimeProvider.System);
        var options = new LayoutSyncOptions(Self, null!, Store, _peers, _directory, Traffic, null!, null!, null!, state, pacer) { Background = background, Rules = null! };
        return await new ChunkPulls(options).CompleteAsync(Layout!, partition, CancellationToken.None);
    }

    /// <summary>The pin of its copy; null without one.</summary>
    public async Task<Epoch?> PinOfAsync(ChunkId id)
    {
        using var chunk = await Store.ReadAsync(id, CancellationToken.None);
        return chunk?.Pin;
    }

    /// <summary>Nothing listens any more; its disk keeps what it has.</summary>
    public async Task GoDownAsync()
    {
        _isDown = true;
        await _endpoint.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isDown)
        {
            await _endpoint.DisposeAsync();
        }

        _peers.Dispose();
        await Store.DisposeAsync();
        Assert.Empty(Defects);
        Assert.Equal(0, _buffers.LeasedBytes);
    }

    private void Learn(ReplicaId from, LayoutNumber number) => NewerLayoutSeen(from, number);
}
