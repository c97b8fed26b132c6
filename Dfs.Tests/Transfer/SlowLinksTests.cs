using System.Diagnostics;
using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Transfer;

/// <summary>Nodes joined by links that carry a chunk in more time than a request may stand still: nothing is given up, or sent twice, that moves.</summary>
public sealed class SlowLinksTests : IAsyncLifetime
{
    /// <summary>A step has three seconds of it, and the first node of it one before the next is asked.</summary>
    private static readonly AnswerLimit Limit = new(TimeSpan.FromSeconds(5), AwakeTime.Ours);

    private const int ChunkBytes = 1024 * 1024, BytesPerSecond = 200 * 1024;

    private readonly List<TrafficNode> _nodes = [];
    private readonly List<SlowLink> _links = [];

    private TrafficNode Writer => _nodes[0];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _links.ForEach(link => link.Dispose());
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_chunk_is_placed_where_its_bytes_move_and_nowhere_else()
    {
        await StartAsync(5);
        var chunk = ChunkOf(replicas => replicas.Contains(Writer.Self));
        using var request = RequestBudget.Begin(Limit);
        var clock = Stopwatch.StartNew();

        await Writer.PlaceAsync(chunk);

        Assert.True(clock.Elapsed > Limit.Within - AnswerBudget.EndTime, $"the link carried it in {clock.Elapsed}");
        Assert.Equal(Writer.Layout!.ChunkReplicasOf(chunk.Id.Partition).Order(), _nodes.Where(node => node.Store.Contains(chunk.Id)).Select(node => node.Self).Order());
        Assert.Equal(2 * ChunkBytes, Writer.Traffic.Places.SentBytes);
        Assert.Empty(Writer.Missed);
        Assert.True(request.StepTime > TimeSpan.Zero, "there is time for the head");
    }

    [Fact]
    public async Task Several_chunks_at_once_do_not_starve_each_other()
    {
        await StartAsync(3, 2 * BytesPerSecond);
        var chunks = Enumerable.Range(1, 4).Select(number => SampleOf(number)).ToList();
        using var request = RequestBudget.Begin(Limit);

        await Task.WhenAll(chunks.Select(chunk => Writer.PlaceAsync(chunk)));

        Assert.All(chunks, chunk => Assert.True(_nodes.Count(node => node.Store.Contains(chunk.Id)) >= 2));
        Assert.InRange(Writer.Traffic.Places.SentBytes, 4 * ChunkBytes, 8 * ChunkBytes);
    }

    [Fact]
    public async Task A_chunk_is_read_as_long_as_its_bytes_move()
    {
        await StartAsync(3);
        var chunk = ChunkOf(_ => true);
        foreach (var node in _nodes.Where(node => node != Writer))
        {
            Assert.IsType<PutOutcome.Stored>(await node.Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default));
        }

        using var request = RequestBudget.Begin(Limit);
        var clock = Stopwatch.StartNew();

        using var found = await Writer.Traffic.FetchAsync(chunk.Id, default);

        Assert.True(found.Memory.Span.SequenceEqual(chunk.Bytes));
        Assert.True(clock.Elapsed > Limit.Within - AnswerBudget.EndTime, $"the link carried it in {clock.Elapsed}");
        Assert.Single(_links, link => link.CarriedBackBytes > ChunkBytes / 4);
    }

    [Fact]
    public async Task Links_that_stop_amid_a_chunk_are_not_waited_for_longer_than_others()
    {
        await StartAsync(3);
        _links.ForEach(link => link.BreaksAfterBytes = ChunkBytes / 4);
        using var request = RequestBudget.Begin(Limit);
        var clock = Stopwatch.StartNew();

        var refused = await Assert.ThrowsAsync<TransferException>(() => Writer.PlaceAsync(ChunkOf(_ => true)));

        Assert.Equal(DfsOutcome.NoQuorum, refused.Outcome);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void What_is_nearly_there_when_a_majority_has_it_may_arrive()
    {
        var least = TimeSpan.FromMilliseconds(300);

        Assert.Equal(least, SlowLinks.StragglersGrace(TimeSpan.FromMilliseconds(20), least));
        Assert.Equal(TimeSpan.FromSeconds(8), SlowLinks.StragglersGrace(TimeSpan.FromSeconds(8), least));
    }

    [Fact]
    public void Pieces_grow_while_they_go_quickly_and_are_the_least_after_one_that_did_not()
    {
        List<int> sent = [SlowLinks.PieceBytes];
        for (var piece = 0; piece < 6; piece++)
        {
            sent.Add(SlowLinks.NextPieceBytes(piece, sent[^1], SlowLinks.QuickPiece));
        }

        Assert.Equal([64, 64, 128, 256, 512, 512, 512], sent.ConvertAll(bytes => bytes / 1024));
        Assert.Equal(SlowLinks.PieceBytes, SlowLinks.NextPieceBytes(6, sent[^1], SlowLinks.QuickPiece * 2));
    }

    [Fact]
    public async Task A_link_that_carried_much_and_carries_little_now_is_not_given_up()
    {
        await StartAsync(3, 100 * 1024 * 1024);
        for (var number = 1; number <= 20; number++)
        {
            await Writer.PlaceAsync(SampleOf(number));
        }

        _links.ForEach(link => link.BytesPerSecond = 128 * 1024);
        var before = Writer.Traffic.Places.SentBytes;
        using var request = RequestBudget.Begin(Limit);
        await Writer.PlaceAsync(SampleOf(21));

        Assert.Equal(2 * ChunkBytes, Writer.Traffic.Places.SentBytes - before);
        Assert.Empty(Writer.Missed);
    }

    // All links of the writer carry little; nobody else has a slow one.
    private async Task StartAsync(int count, int bytesPerSecond = BytesPerSecond)
    {
        for (var number = 1; number <= count; number++)
        {
            var node = await TrafficNode.StartAsync(number, TimeSpan.FromSeconds(10), time: AwakeTime.Ours);
            _nodes.Add(node);
            _links.Add(new SlowLink(node.Address, bytesPerSecond));
        }

        var layout = Layout.First(
            new ClusterId(new Bytes16(7, 7)), Members.Three,
            [.. _nodes.Select((node, index) => node.Member(index + 1) with { PeerEndpoint = _links[index].Address })]);
        _nodes.ForEach(node => node.Layout = layout);
    }

    private SampleChunk ChunkOf(Func<IReadOnlyList<ReplicaId>, bool> replicas)
    {
        for (var number = 0; ; number++)
        {
            var chunk = SampleOf(number);
            if (replicas(Writer.Layout!.ChunkReplicasOf(chunk.Id.Partition)))
            {
                return chunk;
            }
        }
    }

    private static SampleChunk SampleOf(int number)
    {
        var bytes = TestBytes.Random(number, ChunkBytes);
        return new SampleChunk(ChunkTree.IdOf(bytes), bytes);
    }
}
