using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>Both ends of the peer endpoint over real sockets on loopback.</summary>
public sealed class PeerEndpointTests : IAsyncLifetime, IDisposable
{
    private const string Root = "/chunks";
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly ReplicaId Here = new(new Bytes16(1, 1)), There = new(new Bytes16(2, 2));
    private static readonly PeerCall Call = new(new ClusterId(new Bytes16(7, 7)), Here, There, new(5), new(3));
    private static readonly Epoch Pin = new(3);

    private readonly SimDisk _disk = new();
    private readonly BufferPool _serverBuffers = new(16L * 1024 * 1024), _clientBuffers = new();
    private readonly ConcurrentQueue<(ChunkId, ReplicaId)> _handedOver = new();
    private readonly ConcurrentQueue<Exception> _defects = new();
    private FolderChunkStore _store = null!;
    private PeerEndpoint _endpoint = null!;
    private PeerClient _client = null!;

    public async Task InitializeAsync()
    {
        _store = FolderChunkStore.Open(new(_disk, Root, _serverBuffers) { ReserveBytes = 0 });
        _endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), new Gate(), _store, _serverBuffers)
        {
            IdleMax = TimeSpan.FromMilliseconds(300),
            OnHandedOver = (id, meant) => _handedOver.Enqueue((id, meant)),
            OnDefect = _defects.Enqueue,
        });
        await _endpoint.StartAsync(None);
        _client = new PeerClient(new PeerClientOptions { IdleMax = TimeSpan.FromSeconds(5) }, _clientBuffers);
    }

    public async Task DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        await _store.DisposeAsync();
        Assert.Empty(_defects);
        Assert.Equal(0, _serverBuffers.LeasedBytes);
        Assert.Equal(0, _clientBuffers.LeasedBytes);
    }

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_537)]
    [InlineData(PeerProtocol.ChunkSizeBytesMax)]
    public async Task A_chunk_goes_there_and_comes_back(int sizeBytes)
    {
        var chunk = ChunkOf(1, sizeBytes);

        Assert.Equal(new PeerOutcome.Stored(WasThere: false), await Put(chunk));
        Assert.Equal(new PeerOutcome.Stored(WasThere: true), await Put(chunk));

        using var lease = Assert.IsType<PeerOutcome.Found>(await Get(chunk.Id)).Lease;
        Assert.True(lease.Ciphertext.Span.SequenceEqual(chunk.Bytes));
    }

    [Theory]
    [InlineData(100, 0, 1)]
    [InlineData((5 * ChunkTree.LeafBytes) + 7, 0, 1)]
    [InlineData((5 * ChunkTree.LeafBytes) + 7, 2, 3)]
    [InlineData((5 * ChunkTree.LeafBytes) + 7, 5, 1)]
    public async Task Leaves_of_a_chunk_come_with_what_proves_them(int sizeBytes, int first, int count)
    {
        var chunk = ChunkOf(1, sizeBytes);
        await Put(chunk);

        using var leaves = Assert.IsType<PeerOutcome.FoundLeaves>(await GetLeaves(chunk.Id, sizeBytes, first, count)).Memory;

        var from = first * ChunkTree.LeafBytes;
        Assert.True(leaves.Memory.Span.SequenceEqual(chunk.Bytes.AsSpan(from, ChunkTree.SizeOfLeaves(sizeBytes, first, count))));
        Assert.IsType<PeerOutcome.NotFound>(await GetLeaves(chunk.Id, sizeBytes, ChunkTree.LeavesOf(sizeBytes), 1));
        Assert.IsType<PeerOutcome.NotFound>(await GetLeaves(ChunkOf(2, 10).Id, 10, 0, 1));
    }

    [Fact]
    public async Task Who_has_a_chunk_proves_it_and_has_pinned_it_and_nobody_else_is_believed()
    {
        var (held, missing, swapped) = (ChunkOf(1, 100_000), ChunkOf(2, 100_000), ChunkOf(3, 100_000));
        await Put(held);
        await _store.PutAsync(swapped.Id, held.Bytes, Pin, None); // a store that trusts, a peer that lies

        Assert.Equal(new PeerOutcome.Stored(WasThere: true), await Prove(held, new Epoch(4)));
        Assert.IsType<PeerOutcome.NotFound>(await Prove(missing, Pin));
        Assert.IsType<PeerOutcome.Corrupt>(await Prove(swapped, Pin));

        using var chunk = await _store.ReadAsync(held.Id, None);
        Assert.Equal(new Epoch(4), chunk!.Pin);

        _disk.Rot(_disk.FilesBelow(Root).Single(file => file.Contains(held.Id.ToString()[..5], StringComparison.Ordinal)), 8 * 5000);
        Assert.IsType<PeerOutcome.NotFound>(await Prove(held, Pin));
    }

    [Fact]
    public async Task Leaves_of_another_chunk_place_or_size_are_found_out()
    {
        var size = 3 * ChunkTree.LeafBytes;
        var (asked, other) = (ChunkOf(1, size), ChunkOf(2, size));
        await _store.PutAsync(asked.Id, other.Bytes, Pin, None); // a store that trusts, a peer that lies
        await Put(other);

        Assert.IsType<PeerOutcome.Corrupt>(await GetLeaves(asked.Id, size, 1, 1));
        Assert.IsType<PeerOutcome.Corrupt>(await GetLeaves(other.Id, size + 1, 1, 1));
        Assert.IsType<PeerOutcome.FoundLeaves>(await GetLeaves(other.Id, size, 1, 1)).Memory.Dispose();
    }

    [Fact]
    public async Task Bytes_that_the_id_does_not_name_are_refused_and_not_stored()
    {
        var chunk = ChunkOf(1, 1000);
        chunk.Bytes[999] ^= 1;

        Assert.IsType<PeerOutcome.Corrupt>(await Put(chunk));

        Assert.False(_store.Contains(chunk.Id));
        Assert.IsType<PeerOutcome.NotFound>(await Get(chunk.Id));
    }

    [Fact]
    public async Task A_copy_that_rotted_is_not_served()
    {
        var chunk = ChunkOf(1, 1000);
        await Put(chunk);
        _disk.Rot(Assert.Single(_disk.FilesBelow(Root)), 8 * 500);

        Assert.IsType<PeerOutcome.NotFound>(await Get(chunk.Id));
    }

    [Fact]
    public async Task A_peer_that_answers_with_other_bytes_is_found_out()
    {
        var (asked, other) = (ChunkOf(1, 1000), ChunkOf(2, 1000));
        await _store.PutAsync(asked.Id, other.Bytes, Pin, None); // a store that trusts, a peer that lies

        Assert.IsType<PeerOutcome.Corrupt>(await Get(asked.Id));
    }

    [Fact]
    public async Task The_gate_answers_before_the_body_is_looked_at()
    {
        var chunk = ChunkOf(1, 1000);

        Assert.Equal(new PeerOutcome.StaleLayout(new(5)), await Put(chunk, Call with { Layout = new(4) }));
        Assert.Equal(Refused(PeerRefusal.WrongCluster), await Put(chunk, Call with { Cluster = default }));
        Assert.Equal(Refused(PeerRefusal.WrongReplica), await Put(chunk, Call with { To = Here }));
        Assert.Equal(Refused(PeerRefusal.UnknownSender), await Put(chunk, Call with { From = default }));

        Assert.False(_store.Contains(chunk.Id));
    }

    [Fact]
    public async Task A_copy_that_stands_in_for_another_replica_is_reported_once_it_is_durable()
    {
        var (chunk, absent) = (ChunkOf(1, 10), new ReplicaId(new Bytes16(3, 3)));
        var bad = ChunkOf(2, 10);
        bad.Bytes[0] ^= 1;

        await _client.PutAsync(_endpoint.Address, Call, chunk.Id, chunk.Bytes, Pin, absent, None);
        await _client.PutAsync(_endpoint.Address, Call, bad.Id, bad.Bytes, Pin, absent, None);

        Assert.Equal((chunk.Id, absent), Assert.Single(_handedOver));
    }

    [Fact]
    public async Task Pins_are_durable_for_what_is_there_and_name_what_is_missing()
    {
        var (here, missing) = (ChunkOf(1, 10), ChunkOf(2, 10));
        await Put(here);

        var outcome = await _client.PinAsync(_endpoint.Address, Call, [missing.Id, here.Id], new Epoch(9), None);

        Assert.Equal(missing.Id, Assert.Single(Assert.IsType<PeerOutcome.Pinned>(outcome).Missing));
        var header = new byte[ChunkFile.HeaderSizeBytes];
        using var file = _disk.Open(Assert.Single(_disk.FilesBelow(Root)), writable: false)!;
        file.Read(0, header);
        Assert.Equal(new Epoch(9), ChunkFile.DecodeHeader(header, here.Id, 10));
    }

    [Fact]
    public async Task A_partition_is_listed_page_by_page()
    {
        var store = new ManyChunks(PeerProtocol.IdsPerPageMax + 10);
        await using var endpoint = new PeerEndpoint(
            new(new IPEndPoint(IPAddress.Loopback, 0), new Gate(), store, _serverBuffers));
        await endpoint.StartAsync(None);

        var first = Assert.IsType<PeerOutcome.Listed>(
            await _client.ListAsync(endpoint.Address, Call, new PartitionId(0), null, None));
        var second = Assert.IsType<PeerOutcome.Listed>(
            await _client.ListAsync(endpoint.Address, Call, new PartitionId(0), first.Ids[^1], None));

        Assert.True(first.HasMore);
        Assert.False(second.HasMore);
        Assert.Equal(store.Ids, first.Ids.Concat(second.Ids));
    }

    [Fact]
    public async Task A_full_and_a_failed_disk_are_told_apart()
    {
        _disk.CapacityBytes = _disk.UsedBytes;
        Assert.Equal(Refused(PeerRefusal.DiskFull), await Put(ChunkOf(1, 10)));

        _disk.CapacityBytes *= 100;
        _disk.Faults = (call, _) => call == "sync" ? DiskFault.Io : null;
        Assert.Equal(Refused(PeerRefusal.ReadOnly), await Put(ChunkOf(1, 10)));
    }

    [Fact]
    public async Task Sixty_four_at_once_share_the_memory_of_a_few()
    {
        var chunks = Enumerable.Range(0, 64).Select(i => ChunkOf(i, 300_000 + i)).ToList();

        var outcomes = await Task.WhenAll(chunks.Select(chunk => Put(chunk)));

        Assert.All(outcomes, outcome => Assert.IsType<PeerOutcome.Stored>(outcome));
        Assert.InRange(_serverBuffers.PeakBytes, 1, 16L * 1024 * 1024);
        foreach (var outcome in await Task.WhenAll(chunks.Select(chunk => Get(chunk.Id))))
        {
            Assert.IsType<PeerOutcome.Found>(outcome).Lease.Dispose();
        }
    }

    [Fact]
    public async Task Who_finds_no_memory_for_long_is_asked_to_come_back()
    {
        var held = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => _serverBuffers.RentAsync(BufferPool.BlockSizeBytesMax, None).AsTask()));

        Assert.Equal(Refused(PeerRefusal.Busy), await Put(ChunkOf(1, 10)));

        Array.ForEach(held, lease => lease.Dispose());
        Assert.IsType<PeerOutcome.Stored>(await Put(ChunkOf(1, 10)));
    }

    [Theory]
    [InlineData("Content-Length: 4194305", "413")]
    [InlineData("Content-Length: 99999999999", "413")]
    [InlineData("Transfer-Encoding: chunked", "400")]
    [InlineData("Content-Length: -1", "400")]
    public async Task A_size_that_cannot_be_is_refused_at_once(string header, string status) =>
        Assert.Equal(status, await SendAsync(header, []));

    [Fact]
    public async Task A_body_that_stands_still_is_given_up() =>
        Assert.Equal("408", await SendAsync("Content-Length: 1000", new byte[10]));

    [Fact]
    public async Task A_body_that_breaks_off_stores_nothing()
    {
        var chunk = ChunkOf(1, 1000);
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, _endpoint.Address.Port);
            await socket.GetStream().WriteAsync(HeadOf(chunk.Id, "Content-Length: 1000"));
            await socket.GetStream().WriteAsync(chunk.Bytes.AsMemory(0, 999));
        }

        Assert.IsType<PeerOutcome.Stored>(await Put(ChunkOf(2, 10)));
        Assert.False(_store.Contains(chunk.Id));
    }

    [Theory]
    [InlineData("GET /v1/chunks/00 HTTP/1.1")]
    [InlineData("GET /v1/chunks/ HTTP/1.1")]
    [InlineData("GET /v1/chunks/00/leaves?first=0&count=1 HTTP/1.1")]
    [InlineData("GET /v1/chunks//leaves?first=0&count=1 HTTP/1.1")]
    [InlineData("DELETE /v1/ping HTTP/1.1")]
    [InlineData("GET /v1/partitions/1024/chunks HTTP/1.1")]
    [InlineData("GET /v1/partitions//chunks HTTP/1.1")]
    [InlineData("GET /v1/partitions/chunks HTTP/1.1")]
    [InlineData("GET /v1/partitions/-1/chunks HTTP/1.1")]
    [InlineData("GET /v1/partitions/1/chunks?after=zz HTTP/1.1")]
    [InlineData("GET / HTTP/1.1")]
    public async Task What_is_not_in_the_protocol_is_refused(string line) =>
        Assert.Equal("400", await SendAsync("Content-Length: 0", [], line));

    [Fact]
    public async Task A_request_without_identity_is_refused()
    {
        using var http = new HttpClient();

        using var response = await http.GetAsync(new Uri(_endpoint.Address, PeerProtocol.PingPath));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(response.Headers.Server);
    }

    [Fact]
    public async Task A_peer_that_is_gone_is_unreachable()
    {
        Assert.IsType<PeerOutcome.Alive>(await _client.PingAsync(_endpoint.Address, Call, None));
        var address = _endpoint.Address;

        await _endpoint.StopAsync(None);

        Assert.IsType<PeerOutcome.Unreachable>(await _client.PingAsync(address, Call, None));
        Assert.IsType<PeerOutcome.Unreachable>(
            await _client.PutAsync(address, Call, ChunkOf(1, 1).Id, ChunkOf(1, 1).Bytes, Pin, null, None));
    }

    [Fact]
    public async Task A_peer_that_hangs_times_out_and_lets_go_of_the_memory()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = new Uri($"http://{silent.LocalEndpoint}");
        using var client = new PeerClient(
            new PeerClientOptions { IdleMax = TimeSpan.FromMilliseconds(100), CallMax = TimeSpan.FromMilliseconds(200) },
            _clientBuffers);
        var chunk = ChunkOf(1, PeerProtocol.ChunkSizeBytesMax);

        Assert.IsType<PeerOutcome.TimedOut>(
            await client.PutAsync(address, Call, chunk.Id, chunk.Bytes, Pin, null, None));
        Assert.IsType<PeerOutcome.TimedOut>(await client.GetAsync(address, Call, chunk.Id, None));
    }

    // As a machine without power: nobody answers, and nobody refuses. Linux lets connections wait that a listener has no room for.
    [Fact]
    public async Task A_peer_that_takes_no_connection_times_out_as_one_that_hangs()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var waiting = Enumerable.Range(0, 8).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        waiting.ForEach(socket => _ = socket.ConnectAsync(full.LocalEndPoint!).ContinueWith(static end => end.Exception, TaskScheduler.Default));
        using var client = new PeerClient(new PeerClientOptions { ConnectMax = TimeSpan.FromMilliseconds(200) }, _clientBuffers);

        var outcome = await client.PingAsync(new Uri($"http://{full.LocalEndPoint}"), Call, None);

        Assert.IsType<PeerOutcome.TimedOut>(outcome);
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_no_outcome()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _client.PingAsync(_endpoint.Address, Call, cancelled.Token));
    }

    [Fact]
    public void Listening_to_the_network_has_to_be_meant()
    {
        var options = new PeerEndpointOptions(new IPEndPoint(IPAddress.Any, 0), new Gate(), _store, _serverBuffers);

        Assert.Contains("0.0.0.0", Assert.Throws<ArgumentException>(() => new PeerEndpoint(options)).Message,
            StringComparison.Ordinal);
    }

    private static PeerOutcome.Refused Refused(PeerRefusal refusal) => new(refusal);

    private static SampleChunk ChunkOf(int number, int sizeBytes)
    {
        var bytes = SampleChunk.Of(number, sizeBytes).Bytes;
        return new SampleChunk(ChunkTree.IdOf(bytes), bytes);
    }

    private Task<PeerOutcome> Put(SampleChunk chunk, PeerCall? call = null) =>
        _client.PutAsync(_endpoint.Address, call ?? Call, chunk.Id, chunk.Bytes, Pin, null, None);

    private Task<PeerOutcome> Prove(SampleChunk chunk, Epoch pin) =>
        _client.ProveAsync(_endpoint.Address, Call, chunk.Id, chunk.Bytes, pin, None);

    private Task<PeerOutcome> GetLeaves(ChunkId id, int sizeBytes, int first, int count) =>
        _client.GetLeavesAsync(_endpoint.Address, Call, id, sizeBytes, first, count, None);

    private Task<PeerOutcome> Get(ChunkId id) => _client.GetAsync(_endpoint.Address, Call, id, None);

    private static byte[] HeadOf(ChunkId id, string header, string? line = null) => Encoding.ASCII.GetBytes(
        (line ?? $"PUT /v1/chunks/{id} HTTP/1.1")
        + $"\r\nHost: test\r\nDfs-Cluster: {Call.Cluster}\r\nDfs-Replica: {Call.From}\r\nDfs-To: {Call.To}\r\n"
        + $"Dfs-Layout: 5\r\nDfs-Epoch: 3\r\nDfs-Pin: 3\r\n{header}\r\n\r\n");

    /// <returns>The status, as three digits.</returns>
    private async Task<string> SendAsync(string header, byte[] body, string? line = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _endpoint.Address.Port);
        await socket.GetStream().WriteAsync(HeadOf(ChunkOf(1, 1000).Id, header, line));
        await socket.GetStream().WriteAsync(body);
        var answer = new byte[12];
        await socket.GetStream().ReadExactlyAsync(answer);
        return Encoding.ASCII.GetString(answer)[9..];
    }

    private sealed class Gate : IPeerGate
    {
        public PeerVerdict Judge(PeerCall call) =>
            call.Cluster != Call.Cluster ? new PeerVerdict.Refused(PeerRefusal.WrongCluster)
            : call.To != There ? new PeerVerdict.Refused(PeerRefusal.WrongReplica)
            : call.From != Here ? new PeerVerdict.Refused(PeerRefusal.UnknownSender)
            : call.Layout.CompareTo(Call.Layout) < 0 ? new PeerVerdict.StaleLayout(Call.Layout)
            : PeerVerdict.Welcome.Instance;
    }

    /// <summary>Lists more chunks than fit a page; holds none of them.</summary>
    private sealed class ManyChunks(int count) : IChunkStore
    {
        public IReadOnlyList<ChunkId> Ids { get; } = [.. Enumerable.Range(0, count).Select(number =>
            new ChunkId(Convert.FromHexString(number.ToString("x64", CultureInfo.InvariantCulture))))];

        public StoreState State => new(count, 0, 0, null);

        public ValueTask<PutOutcome> PutAsync(ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation) =>
            ValueTask.FromResult<PutOutcome>(PutOutcome.DiskFull.Instance);

        public ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation) => default;

        public ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation) => default;

        public ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation) => default;

        public ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation) => default;

        public bool Contains(ChunkId id) => false;

        public int? SizeOf(ChunkId id) => null;

        public IAsyncEnumerable<ChunkId> ListAsync(PartitionId partition, CancellationToken cancellation) =>
            Ids.ToAsyncEnumerable();

        public ValueTask DisposeAsync() => default;
    }
}
