using System.Net;
using System.Net.Sockets;
using System.Text;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Hostile;

/// <summary>A peer endpoint that answers without end, or a byte at a time: every call ends, and takes no memory for it.</summary>
/// <remarks>Alone: what is allocated is counted for the whole process.</remarks>
[Collection(OneByOne.Name)]
public sealed class EndlessPeers : IDisposable
{
    private static readonly PeerCall Call = new(new ClusterId(new Bytes16(7, 7)), Members.Id(1), Members.Id(2), new LayoutNumber(1), Epoch.First);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly BufferPool _buffers = new();
    private readonly PeerClient _client;
    private readonly CancellationTokenSource _stop = new();

    public EndlessPeers()
    {
        // Whatever is not refused for its length ends with the call's time.
        _client = new PeerClient(new PeerClientOptions { CallMax = TimeSpan.FromSeconds(2) }, _buffers);
        _listener.Start();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "1000\r\n")]
    [InlineData("Content-Length: 9223372036854775807", "")]
    [InlineData("Connection: close", "")]
    public async Task An_answer_without_end_is_refused_by_every_call(string header, string piece)
    {
        var serving = ServeAsync(header, piece);
        var before = GC.GetTotalAllocatedBytes();

        foreach (var outcome in await AskAllAsync())
        {
            Assert.True(outcome is PeerOutcome.Corrupt or PeerOutcome.TimedOut or PeerOutcome.Unreachable or PeerOutcome.Refused, outcome.ToString());
        }

        // Also what the other end of the test takes.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 * 1024 * 1024);
        Assert.Equal(0, _buffers.LeasedBytes);
        await _stop.CancelAsync();
        _listener.Stop();
        await serving;
    }

    private async Task<List<PeerOutcome>> AskAllAsync()
    {
        var peer = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        var (chunk, partition, owner) = (new ChunkId(TestBytes.From(1)), new PartitionId(0), new OwnerId(new Bytes32(TestBytes.From(2))));
        return
        [
            await _client.GetAsync(peer, Call, chunk, default),
            await _client.GetLeavesAsync(peer, Call, chunk, 200_000, 0, 1, default),
            await _client.PinAsync(peer, Call, [chunk], Epoch.First, default),
            await _client.ListAsync(peer, Call, partition, null, default),
            await _client.ReadChangesAsync(peer, Call, 0, default),
            await _client.ReadRowsAsync(peer, Call, partition, null, default),
            await _client.AskEpochsAsync(peer, Call, owner, default),
            await _client.RaiseEpochAsync(peer, Call, Epoch.First, default),
            await _client.CondemnAsync(peer, Call, new GarbagePage(1, Epoch.First, [chunk], true, true), default),
            await _client.ProveAsync(peer, Call, chunk, new byte[10], Epoch.First, default),
        ];
    }

    /// <param name="pause">Null for none; then a byte, and so on; for ever: nothing behind the header.</param>
    private async Task ServeAsync(string header, string piece, TimeSpan? pause = null)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token), header, piece, pause));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client, string header, string piece, TimeSpan? pause)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            await stream.ReadAtLeastAsync(new byte[64 * 1024], 1, cancellationToken: _stop.Token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{header}\r\n\r\n"), _stop.Token);
            byte[] content = [.. Encoding.ASCII.GetBytes(piece), .. new byte[4096], .. piece.Length > 0 ? "\r\n"u8 : []];
            while (true)
            {
                if (pause is { } rest)
                {
                    await Task.Delay(rest, _stop.Token);
                }

                await stream.WriteAsync(pause is null ? content : content.AsMemory(0, 1), _stop.Token);
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or SocketException)
        {
            // The caller has heard enough.
        }
    }

    // The numbers of docs/threat-model.md.
    [Fact]
    public void A_call_ends_after_three_seconds_without_a_byte_and_fifteen_in_all()
    {
        var bounds = new PeerClientOptions();

        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(15)), (bounds.IdleMax, bounds.CallMax));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_and_an_answer_of_a_byte_at_a_time_end_with_the_calls_time(bool drips)
    {
        using var client = new PeerClient(
            new PeerClientOptions { CallMax = drips ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(5), IdleMax = drips ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(1) }, _buffers);
        var serving = ServeAsync("Content-Length: 4194304", "", drips ? TimeSpan.FromMilliseconds(50) : Timeout.InfiniteTimeSpan);

        var outcome = await client.GetAsync(new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}"), Call, new ChunkId(TestBytes.From(1)), default);

        Assert.True(outcome is PeerOutcome.TimedOut or PeerOutcome.Unreachable, outcome.ToString());
        Assert.Equal(0, _buffers.LeasedBytes);
        await _stop.CancelAsync();
        _listener.Stop();
        await serving;
    }

    [Fact]
    public void Epochs_from_the_future_are_not_believed()
    {
        var known = new Epoch(5);

        Assert.True(EpochFact.CanBe(new Epoch(5 + EpochFact.JumpMax), known));
        Assert.True(EpochFact.CanBe(Epoch.First, known));
        Assert.False(EpochFact.CanBe(new Epoch(6 + EpochFact.JumpMax), known));
        Assert.False(EpochFact.CanBe(new Epoch(ulong.MaxValue), new Epoch(ulong.MaxValue - EpochFact.JumpMax - 1)));
    }
}
