using System.Net;
using System.Net.Sockets;
using System.Text;
using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.Disk;

namespace Dfs.Tests.Transfer;

/// <summary>A peer that says the same page again and again, or pages that were not asked for, is found out at the first one.</summary>
public sealed class PageOrderTests : IDisposable
{
    private static readonly PeerCall Call = new(default, default, default, new(1), new(1));
    private static readonly PartitionId Partition = new(4);

    private readonly PeerClient _client = new(new PeerClientOptions(), new BufferPool());

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("5", 4, true, true)]
    [InlineData("5", 5, true, false)]
    [InlineData("5", 6, true, false)]
    [InlineData("5", 5, false, false)]
    [InlineData("56", 4, true, true)]
    [InlineData("56", null, true, true)]
    [InlineData("65", 4, true, false)]
    [InlineData("55", 4, true, false)]
    [InlineData("", 4, true, false)]
    [InlineData("", 4, false, true)]
    public async Task Ids_and_registers_rise_from_page_to_page(string numbers, int? after, bool hasMore, bool isTaken)
    {
        var ids = numbers.Select(digit => Id(digit - '0')).ToList();
        using var peer = new OneAnswer(
            PeerProtocol.EncodeIds([.. ids.Select(id => new ChunkId(id))]), hasMore ? $"{PeerProtocol.MoreHeader}: 1\r\n" : "");
        using var rows = new OneAnswer(RowPages.Encode(new PartitionPage(
            new(1), PartitionRow.Empty(Partition), [.. ids.Select(id => RegisterRow.Absent(new RowKey(false, new RegisterId(id))))], !hasMore)));

        var listed = await _client.ListAsync(
            peer.Address, Call, Partition, after is { } last ? new ChunkId(Id(last)) : null, CancellationToken.None);
        var read = await _client.ReadRowsAsync(
            rows.Address, Call, Partition, after is { } final ? new RegisterId(Id(final)) : null, CancellationToken.None);

        Assert.Equal(isTaken, listed is PeerOutcome.Listed);
        Assert.Equal(isTaken, read is PeerOutcome.Rows);
        Assert.True(isTaken || (listed, read) is (PeerOutcome.Corrupt, PeerOutcome.Corrupt));
    }

    [Theory]
    [InlineData(8, 1, false, true)]
    [InlineData(7, 1, false, false)]
    [InlineData(6, 1, false, false)]
    [InlineData(8, 0, false, false)]
    [InlineData(7, 0, true, true)]
    [InlineData(6, 0, true, false)]
    public async Task A_cursor_rises_from_page_to_page(int cursor, int rowCount, bool isLast, bool isTaken)
    {
        var rows = Enumerable.Range(0, rowCount).Select(number => RegisterRow.Absent(new RowKey(false, new RegisterId(Id(number))))).ToList();
        using var peer = new OneAnswer(RowPages.Encode(new ChangePage(rows, (ulong)cursor, isLast, 0)));

        var outcome = await _client.ReadChangesAsync(peer.Address, Call, after: 7, CancellationToken.None);

        Assert.IsType(isTaken ? typeof(PeerOutcome.Changes) : typeof(PeerOutcome.Corrupt), outcome);
    }

    [Fact]
    public async Task What_belongs_to_another_partition_or_to_the_council_is_no_answer()
    {
        var register = new RegisterId(Id(1));
        var other = new RegisterId(new Bytes32(new byte[32]));
        foreach (var key in new[] { new RowKey(false, other), new RowKey(true, register) })
        {
            using var peer = new OneAnswer(RowPages.Encode(
                new PartitionPage(new(1), PartitionRow.Empty(Partition), [RegisterRow.Absent(key)], true)));

            Assert.IsType<PeerOutcome.Corrupt>(await _client.ReadRowsAsync(peer.Address, Call, Partition, null, CancellationToken.None));
        }

        using var otherPartition = new OneAnswer(RowPages.Encode(
            new PartitionPage(new(1), PartitionRow.Empty(new PartitionId(5)), [], true)));
        using var foreignChunk = new OneAnswer(PeerProtocol.EncodeIds([new ChunkId(new byte[32])]));
        Assert.IsType<PeerOutcome.Corrupt>(
            await _client.ReadRowsAsync(otherPartition.Address, Call, Partition, null, CancellationToken.None));
        Assert.IsType<PeerOutcome.Corrupt>(
            await _client.ListAsync(foreignChunk.Address, Call, Partition, null, CancellationToken.None));
    }

    // In partition 4: the first ten bits of the id.
    private static Bytes32 Id(int number) => new([1, .. new byte[30], (byte)number]);

    /// <summary>A peer that gives one answer, whatever it is asked.</summary>
    private sealed class OneAnswer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public OneAnswer(byte[] body, string headers = "")
        {
            _listener.Start();
            _ = AnswerAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{headers}\r\n"), body);
        }

        public Uri Address => new($"http://{_listener.LocalEndpoint}");

        public void Dispose() => _listener.Dispose();

        private async Task AnswerAsync(byte[] head, byte[] body)
        {
            using var caller = await _listener.AcceptTcpClientAsync();
            var stream = caller.GetStream();
            using var request = new StreamReader(stream, leaveOpen: true);
            while (await request.ReadLineAsync() is { Length: > 0 })
            {
                // Headers end with an empty line; there is no body.
            }

            await stream.WriteAsync(head);
            await stream.WriteAsync(body);
        }
    }
}
