using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Benchmarks;

/// <summary>What does the peer endpoint leave of plain loopback TCP, both ends in this process?</summary>
internal static class PeerBenchmark
{
    private const int Large = 1024 * 1024;
    private const int Small = 16 * 1024;
    private const int Callers = 8;
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly PeerCall Call = new(default, default, default, new LayoutNumber(1), Epoch.First);

    public static async Task<Table> RunAsync(string[] args)
    {
        var table = new Table("The peer endpoint on loopback; ids are computed on every way, as in use");
        var loopback = await LoopbackAsync(2000);
        var piece = new byte[Large];
        var naming = await Measure.ConcurrentAsync(1, 1000, _ => Task.FromResult(ChunkTree.IdOf(piece)));
        var plain = loopback.MegabytesPerSecond(Large);
        table.AddBulk($"plain TCP, {Callers} connections", loopback, Large);
        table.AddBulk("ids, one thread", naming, Large);

        var buffers = new BufferPool();
        var chunks = Enumerable.Range(0, 64).Select(number => ChunkOf(number, Large)).ToArray();
        var small = Enumerable.Range(0, 64).Select(number => ChunkOf(number, Small)).ToArray();
        await using var store = new MemoryStore(buffers);
        await using var endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), new OpenGate(), store, buffers));
        await endpoint.StartAsync(None);
        using var client = new PeerClient(new PeerClientOptions(), buffers);

        for (var warm = 0; warm < 2; warm++)
        {
            var isLast = warm == 1;
            var up = await Measure.ConcurrentAsync(Callers, 1000, number => PutAsync(client, endpoint, chunks[number % 64]));
            var down = await Measure.ConcurrentAsync(Callers, 1000, number => GetAsync(client, endpoint, chunks[number % 64]));
            var shared = await Measure.ConcurrentAsync(64, 20_000, number => PutAsync(client, endpoint, small[number % 64]));
            var pings = await Measure.ConcurrentAsync(
                64, 20_000, _ => client.PingAsync(endpoint.Address, Call, None));
            if (isLast)
            {
                table.AddBulk($"put 1 MiB into memory, {Callers} at once", up, Large, plain);
                table.AddBulk($"get 1 MiB from memory, {Callers} at once", down, Large, plain);
                table.AddCalls("put 16 KiB into memory, 64 at once, going together", shared, "puts/s");
                table.AddCalls("ping, 64 at once", pings, "requests/s");
            }
        }

        return table;
    }

    private static async Task PutAsync(PeerClient client, PeerEndpoint endpoint, (ChunkId Id, byte[] Bytes) chunk)
    {
        var outcome = await client.PutAsync(endpoint.Address, Call, chunk.Id, chunk.Bytes, Epoch.First, null, None);
        Invariant.Holds(outcome is PeerOutcome.Stored, $"the chunk was stored ({outcome})");
    }

    private static async Task GetAsync(PeerClient client, PeerEndpoint endpoint, (ChunkId Id, byte[] Bytes) chunk)
    {
        var outcome = await client.GetAsync(endpoint.Address, Call, chunk.Id, None);
        Invariant.Holds(outcome is PeerOutcome.Found, $"the chunk is there ({outcome})");
        ((PeerOutcome.Found)outcome).Lease.Dispose();
    }

    private static async Task<Pace> LoopbackAsync(int pieces)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var piece = new byte[Large];
        var pairs = new List<(TcpClient Sender, Task Draining)>();
        for (var i = 0; i < Callers; i++)
        {
            var sender = new TcpClient();
            await sender.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
            pairs.Add((sender, DrainAsync(await listener.AcceptTcpClientAsync())));
        }

        var idle = new System.Collections.Concurrent.ConcurrentBag<NetworkStream>(pairs.Select(pair => pair.Sender.GetStream()));
        var pace = await Measure.ConcurrentAsync(Callers, pieces, async _ =>
        {
            Invariant.Holds(idle.TryTake(out var stream), "there is a connection for each caller");
            await stream!.WriteAsync(piece);
            idle.Add(stream);
        });
        pairs.ForEach(pair => pair.Sender.Dispose());
        await Task.WhenAll(pairs.Select(pair => pair.Draining));
        return pace;
    }

    private static async Task DrainAsync(TcpClient receiver)
    {
        using var drained = receiver;
        var stream = receiver.GetStream();
        var target = new byte[256 * 1024];
        int count;
        do
        {
            count = await stream.ReadAsync(target);
        }
        while (count > 0);
    }

    private static (ChunkId Id, byte[] Bytes) ChunkOf(int number, int sizeBytes)
    {
        var bytes = RandomNumberGenerator.GetBytes(sizeBytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return (ChunkTree.IdOf(bytes), bytes);
    }

    private sealed class OpenGate : IPeerGate
    {
        public PeerVerdict Judge(PeerCall call) => PeerVerdict.Welcome.Instance;
    }
}
