using System.Collections.Concurrent;
using System.Net;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>Small chunks that wait while others are under way to a peer, and go there together: over real sockets on loopback.</summary>
public sealed class SharedPutsTests : IAsyncLifetime, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ReplicaId Here = new(new Bytes16(1, 1)), There = new(new Bytes16(2, 2)), Absent = new(new Bytes16(3, 3));
    private static readonly PeerCall Call = new(new ClusterId(new Bytes16(7, 7)), Here, There, new(5), new(3));
    private static readonly Epoch Pin = new(3);

    private readonly SimDisk _disk = new();
    private readonly BufferPool _serverBuffers = new(16L * 1024 * 1024), _clientBuffers = new();
    private readonly ConcurrentQueue<(ChunkId, ReplicaId)> _handedOver = new();
    private readonly ConcurrentQueue<Exception> _defects = new();
    private readonly HandTime _time = new();
    private PeerClient _client = null!;
    private HeldStore _store = null!;
    private PeerEndpoint _endpoint = null!;

    public async Task InitializeAsync()
    {
        _store = new HeldStore(SegmentChunkStore.Open(new(_disk, "/chunks", _serverBuffers) { ReserveBytes = 0, MarkAfter = Timeout.InfiniteTimeSpan }));
        _endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), new Gate(), _store, _serverBuffers)
        {
            OnHandedOver = (id, meant) => _handedOver.Enqueue((id, meant)),
            OnDefect = _defects.Enqueue,
        });
        await _endpoint.StartAsync(None);
        _client = new PeerClient(new PeerClientOptions { IdleMax = Patience, CallMax = Patience, Time = _time }, _clientBuffers);
    }

    public async Task DisposeAsync()
    {
        _store.Open();
        await _endpoint.DisposeAsync();
        await _store.DisposeAsync();
        Assert.Empty(_defects);
        Assert.Equal(0, _serverBuffers.LeasedBytes);
        Assert.Equal(0, _clientBuffers.LeasedBytes);
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task One_after_the_other_each_has_a_request_of_its_own()
    {
        _store.Open();
        for (var number = 0; number < 10; number++)
        {
            Assert.Equal(new PeerOutcome.Stored(WasThere: false), await Put(ChunkOf(number)));
        }

        Assert.Empty(_store.Together);
        Assert.Equal((0, 0), (_client.Together.Requests, _client.Together.Chunks));
    }

    [Fact]
    public async Task What_waited_goes_together_and_each_has_its_own_answer()
    {
        var (fresh, known, damaged, standIn, wrong) = (ChunkOf(1), ChunkOf(2), ChunkOf(3), ChunkOf(4), ChunkOf(5));
        _store.Open();
        await Put(known);
        await _store.ArrivedAsync();
        _store.Close();
        damaged.Bytes[^1] ^= 1;
        wrong.Bytes[0] ^= 1;
        var blockers = await HoldAsync();

        var puts = new[] { Put(fresh), Put(known), Put(damaged), Put(standIn, meant: Absent), Put(wrong, meant: Absent) };
        _store.Open();

        Assert.Equal(
            [new PeerOutcome.Stored(WasThere: false), new PeerOutcome.Stored(WasThere: true), PeerOutcome.Corrupt.Instance,
                new PeerOutcome.Stored(WasThere: false), PeerOutcome.Corrupt.Instance],
            await Task.WhenAll(puts));
        Assert.Equal([3], _store.Together);
        Assert.All(await Task.WhenAll(blockers), outcome => Assert.IsType<PeerOutcome.Stored>(outcome));
        Assert.Equal((standIn.Id, Absent), Assert.Single(_handedOver));
        Assert.False(_store.Contains(damaged.Id) || _store.Contains(wrong.Id));
        using var lease = await _store.ReadAsync(fresh.Id, None);
        Assert.True(lease!.Ciphertext.Span.SequenceEqual(fresh.Bytes));
        Assert.Equal((1, 5), (_client.Together.Requests, _client.Together.Chunks));
    }

    [Fact]
    public async Task One_that_does_not_fit_the_disk_is_refused_and_the_others_are_stored()
    {
        var known = ChunkOf(1, 200_000);
        _store.Open();
        await Put(known);
        await _store.ArrivedAsync();
        var blockers = await HoldAsync();
        _disk.CapacityBytes = _disk.UsedBytes + 150_000;
        var puts = new[] { Put(ChunkOf(2, 1000)), Put(ChunkOf(3, 200_000)), Put(ChunkOf(4, 1000)), Put(known) };
        _store.Open();

        Assert.Equal(
            [new PeerOutcome.Stored(WasThere: false), new PeerOutcome.Refused(PeerRefusal.DiskFull),
                new PeerOutcome.Stored(WasThere: false), new PeerOutcome.Stored(WasThere: true)],
            await Task.WhenAll(puts));
        await Task.WhenAll(blockers);
    }

    [Fact]
    public async Task A_failed_disk_is_said_to_each()
    {
        var blockers = await HoldAsync();
        var puts = Enumerable.Range(1, 5).Select(number => Put(ChunkOf(number))).ToList();
        _disk.Faults = (call, _) => call == "sync" ? DiskFault.Io : null;
        _store.Open();

        Assert.All(await Task.WhenAll(puts), outcome => Assert.Equal(new PeerOutcome.Refused(PeerRefusal.ReadOnly), outcome));
        await Task.WhenAll(blockers);
        _disk.Faults = (_, _) => null;
    }

    [Fact]
    public async Task However_many_wait_no_request_is_over_its_limits()
    {
        var blockers = await HoldAsync();
        var puts = Enumerable.Range(1, 2 * SmallPuts.ChunksMax).Select(number => Put(ChunkOf(number, 100))).ToList();
        var larger = Enumerable.Range(1000, 6).Select(number => Put(ChunkOf(number, SmallPuts.ChunkBytesMax))).ToList();
        _store.Open();

        Assert.All(await Task.WhenAll([.. blockers, .. puts, .. larger]), outcome => Assert.Equal(new PeerOutcome.Stored(WasThere: false), outcome));
        Assert.Equal([2, 4, SmallPuts.ChunksMax, SmallPuts.ChunksMax], _store.Together.Order());
    }

    [Fact]
    public async Task Only_those_under_one_layout_and_pin_share_a_request()
    {
        var old = Call with { Layout = new(4) };
        var blockers = await HoldAsync();
        var puts = new[] { Put(ChunkOf(1)), Put(ChunkOf(2)), Put(ChunkOf(3), old), Put(ChunkOf(4), old), Put(ChunkOf(5), pin: new(2)), Put(ChunkOf(6), pin: new(2)) };
        _store.Open();

        var outcomes = await Task.WhenAll(puts);

        Assert.All(outcomes[..2], outcome => Assert.Equal(new PeerOutcome.Stored(WasThere: false), outcome));
        Assert.All(outcomes[2..4], outcome => Assert.Equal(new PeerOutcome.StaleLayout(new(5)), outcome));
        Assert.All(outcomes[4..], outcome => Assert.Equal(new PeerOutcome.Stored(WasThere: false), outcome));
        Assert.Equal([2, 2], _store.Together);
        Assert.False(_store.Contains(ChunkOf(3).Id));
        using var pinned = await _store.ReadAsync(ChunkOf(5).Id, None);
        Assert.Equal(new Epoch(2), pinned!.Pin);
        await Task.WhenAll(blockers);
    }

    [Fact]
    public async Task Who_gives_up_waits_no_more_and_the_others_go_on()
    {
        using var early = new CancellationTokenSource();
        using var late = new CancellationTokenSource();
        var blockers = await HoldAsync();
        var (first, second, third, fourth) = (ChunkOf(1), ChunkOf(2), ChunkOf(3), ChunkOf(4));
        var puts = new[] { Put(first), Put(second, cancellation: early.Token), Put(third, cancellation: late.Token), Put(fourth) };

        await early.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => puts[1].WaitAsync(Patience));
        OpenAndClose();
        Assert.Equal(3, await _store.ArrivedAsync());
        await late.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => puts[2].WaitAsync(Patience));
        // Its memory is somebody else's by now.
        third.Bytes.AsSpan().Clear();
        _store.Open();

        Assert.Equal(new PeerOutcome.Stored(WasThere: false), await puts[0]);
        Assert.Equal(new PeerOutcome.Stored(WasThere: false), await puts[3]);
        Assert.False(_store.Contains(second.Id));
        // As with a request of its own: it may have been stored.
        using var lease = await _store.ReadAsync(third.Id, None);
        Assert.Equal(third.Id, ChunkTree.IdOf(lease!.Ciphertext.Span));
        await Task.WhenAll(blockers);
    }

    [Fact]
    public async Task A_request_that_nobody_waits_for_makes_room_for_others()
    {
        using var all = new CancellationTokenSource();
        var blockers = await HoldAsync();
        var puts = Enumerable.Range(1, 3).Select(number => Put(ChunkOf(number), cancellation: all.Token)).ToList();
        OpenAndClose();
        Assert.Equal(3, await _store.ArrivedAsync());
        // It is held at the store, and this one takes the other place.
        var other = Put(ChunkOf(10));
        Assert.Equal(1, await _store.ArrivedAsync());
        var waiting = Put(ChunkOf(11));

        await all.CancelAsync();

        Assert.Equal(1, await _store.ArrivedAsync());
        foreach (var put in puts)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
        }

        _store.Open();
        Assert.All(await Task.WhenAll([other, waiting, .. blockers]), outcome => Assert.IsType<PeerOutcome.Stored>(outcome));
    }

    [Fact]
    public async Task Who_waits_too_long_for_its_turn_is_told_so_and_nothing_was_sent()
    {
        using var client = new PeerClient(new PeerClientOptions { IdleMax = TimeSpan.FromSeconds(2), CallMax = Patience }, _clientBuffers);
        var blockers = Enumerable.Range(100, SmallPuts.RequestsMax).Select(number => Put(ChunkOf(number), client: client)).ToList();
        foreach (var _ in blockers)
        {
            await _store.ArrivedAsync();
        }

        Assert.IsType<PeerOutcome.TimedOut>(await Put(ChunkOf(1), client: client).WaitAsync(Patience));

        _store.Open();
        Assert.All(await Task.WhenAll(blockers), outcome => Assert.IsType<PeerOutcome.Stored>(outcome));
        Assert.False(_store.Contains(ChunkOf(1).Id));
    }

    [Fact]
    public async Task A_peer_that_dies_amid_a_request_has_told_nothing_to_any()
    {
        var open = new TaskCompletionSource();
        using var peer = new PeerScript(async line =>
        {
            await open.Task;
            return line.StartsWith("PUT", StringComparison.Ordinal) ? "201 Created\r\nContent-Length: 0\r\n\r\n" : null;
        });
        var puts = Enumerable.Range(0, 10).Select(number => Put(ChunkOf(number), to: peer.Address)).ToList();
        open.SetResult();

        var outcomes = await Task.WhenAll(puts).WaitAsync(Patience);

        Assert.All(outcomes[..SmallPuts.RequestsMax], outcome => Assert.IsType<PeerOutcome.Stored>(outcome));
        Assert.All(outcomes[SmallPuts.RequestsMax..], outcome => Assert.IsType<PeerOutcome.Unreachable>(outcome));
        Assert.Equal(1, peer.Requests.Count(line => line == "POST /v1/chunks"));
    }

    [Fact]
    public async Task A_peer_of_an_older_version_gets_them_one_by_one_and_is_asked_again_a_minute_later()
    {
        var open = new TaskCompletionSource();
        var isOld = true;
        using var peer = new PeerScript(async line =>
        {
            await open.Task;
            return line.StartsWith("PUT", StringComparison.Ordinal) ? "201 Created\r\nContent-Length: 0\r\n\r\n"
                : isOld ? "400 Bad Request\r\nDfs-Refusal: Malformed\r\nContent-Length: 0\r\n\r\n"
                : "200 OK\r\nContent-Length: 8\r\n\r\n\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001";
        });

        Assert.Equal((10, 1), await PutTen());
        Assert.Equal((10, 0), await PutTen());

        _time.Advance(TimeSpan.FromMinutes(1));
        isOld = false;
        Assert.Equal((SmallPuts.RequestsMax, 1), await PutTen());

        async Task<(int Alone, int Together)> PutTen()
        {
            open = new TaskCompletionSource();
            peer.Requests.Clear();
            var puts = Enumerable.Range(0, 10).Select(number => Put(ChunkOf(number), to: peer.Address)).ToList();
            open.SetResult();
            Assert.All(await Task.WhenAll(puts).WaitAsync(Patience), outcome => Assert.IsType<PeerOutcome.Stored>(outcome));
            return (peer.Requests.Count(line => line.StartsWith("PUT", StringComparison.Ordinal)), peer.Requests.Count(line => line == "POST /v1/chunks"));
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(1000)]
    public async Task Answers_that_are_not_one_for_each_are_believed_for_none(int count)
    {
        var open = new TaskCompletionSource();
        using var peer = new PeerScript(async line =>
        {
            await open.Task;
            return line.StartsWith("PUT", StringComparison.Ordinal)
                ? "201 Created\r\nContent-Length: 0\r\n\r\n"
                : $"200 OK\r\nContent-Length: {count}\r\n\r\n{new string('\u0001', count)}";
        });
        var puts = Enumerable.Range(0, SmallPuts.RequestsMax + 8).Select(number => Put(ChunkOf(number), to: peer.Address)).ToList();
        open.SetResult();

        Assert.All((await Task.WhenAll(puts).WaitAsync(Patience))[SmallPuts.RequestsMax..], outcome => Assert.IsType<PeerOutcome.Corrupt>(outcome));
    }

    private static SampleChunk ChunkOf(int number, int sizeBytes = 16 * 1024)
    {
        var bytes = SampleChunk.Of(number, sizeBytes).Bytes;
        return new SampleChunk(ChunkTree.IdOf(bytes), bytes);
    }

    private Task<PeerOutcome> Put(
        SampleChunk chunk, PeerCall? call = null, Epoch? pin = null, ReplicaId? meant = null, PeerClient? client = null, Uri? to = null,
        CancellationToken cancellation = default) =>
        (client ?? _client).PutAsync(to ?? _endpoint.Address, call ?? Call, chunk.Id, chunk.Bytes, pin ?? Pin, meant, cancellation);

    /// <summary>Lets as many requests be under way as may be: what is put from now on waits.</summary>
    private async Task<List<Task<PeerOutcome>>> HoldAsync()
    {
        _store.Close();
        var blockers = Enumerable.Range(100, SmallPuts.RequestsMax).Select(number => Put(ChunkOf(number))).ToList();
        foreach (var _ in blockers)
        {
            Assert.Equal(1, await _store.ArrivedAsync());
        }

        return blockers;
    }

    // Those that have come go on; the next are held.
    private void OpenAndClose()
    {
        _store.Open();
        _store.Close();
    }

    private sealed class Gate : IPeerGate
    {
        public PeerVerdict Judge(PeerCall call) => call.Layout == Call.Layout ? PeerVerdict.Welcome.Instance : new PeerVerdict.StaleLayout(Call.Layout);
    }
}
