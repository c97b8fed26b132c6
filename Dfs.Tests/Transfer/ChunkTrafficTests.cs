using System.Collections.Concurrent;
using System.Diagnostics;
using Dfs.Actors.Client;
using Dfs.Actors.Tracing;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Transfer;

/// <summary>Chunks on their way to their replicas and back, over real peer endpoints, while disks and nodes fail.</summary>
public sealed class ChunkTrafficTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>So long that no replica is left behind because the machine is busy.</summary>
    private static readonly TimeSpan NobodyIsLeftBehind = TimeSpan.FromSeconds(10);

    private readonly List<TrafficNode> _nodes = [];

    private TrafficNode Writer => _nodes[0];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_chunk_lies_on_all_of_its_replicas_and_nowhere_else()
    {
        await StartAsync(5);
        var chunk = ChunkOf(_ => true);

        await Writer.PlaceAsync(chunk);

        Assert.Equal(ReplicasOf(chunk).Select(node => node.Self).Order(), Holders(chunk).Order());
        Assert.Empty(Writer.Missed);
    }

    [Fact]
    public async Task With_one_of_three_replicas_down_the_others_are_a_quorum_and_with_two_there_is_none()
    {
        await StartAsync(3);
        await _nodes[2].GoDownAsync();
        var chunk = ChunkOf(_ => true);

        await Writer.PlaceAsync(chunk);

        Assert.Equal([Members.Id(1), Members.Id(2)], Holders(chunk).Order());

        await _nodes[1].GoDownAsync();
        var refused = await Assert.ThrowsAsync<TransferException>(() => Writer.PlaceAsync(ChunkOf(_ => true, from: 1000)));
        Assert.Equal(DfsOutcome.NoQuorum, refused.Outcome);
        Assert.Contains("node2: no answer; node3: no answer)", refused.Message, StringComparison.Ordinal);
        Assert.Equal((chunk.Id, Members.Id(3)), Assert.Single(Writer.Missed));
    }

    [Fact]
    public async Task Without_a_quorum_it_is_said_what_each_node_did_that_has_not_taken_the_chunk()
    {
        await StartAsync(3);
        Writer.Disk.Faults = FailWrites;
        _nodes[1].Disk.Faults = FailWrites;

        var failed = await Assert.ThrowsAsync<TransferException>(() => Writer.PlaceAsync(ChunkOf(_ => true)));
        var again = await Assert.ThrowsAsync<TransferException>(() => Writer.PlaceAsync(ChunkOf(_ => true, from: 1000)));

        // node3 has taken it, or is about to.
        Assert.All([failed, again], refused => Assert.Contains("(node1: its disk only reads; node2: its disk only reads", refused.Message, StringComparison.Ordinal));

        static DiskFault? FailWrites(string call, string path) => call == "write" ? DiskFault.Io : null;
    }

    [Fact]
    public async Task Chunks_that_are_stored_are_pinned_on_a_majority_and_placed_again_where_too_few_have_them()
    {
        await StartAsync(3);
        var (whole, thin) = (ChunkOf(_ => true), ChunkOf(_ => true, from: 1000));
        await Writer.PlaceAsync(whole);
        await Writer.PlaceAsync(thin);
        await _nodes[1].Store.DeleteAsync(thin.Id, CancellationToken.None);
        await _nodes[2].Store.DeleteAsync(thin.Id, CancellationToken.None);
        Writer.Epoch = new Epoch(5);

        await Writer.PinAsync(whole.Id, thin.Id);

        foreach (var id in new[] { whole.Id, thin.Id })
        {
            var pins = await Task.WhenAll(_nodes.Select(node => node.PinOfAsync(id)));
            Assert.InRange(pins.Count(pin => pin == new Epoch(5)), 2, 3);
        }

        var refused = await Assert.ThrowsAsync<TransferException>(() => Writer.PinAsync(ChunkOf(_ => true, from: 2000).Id));
        Assert.Equal(DfsOutcome.Damaged, refused.Outcome);
    }

    [Fact]
    public async Task Who_asks_first_sends_a_chunk_only_to_replicas_that_do_not_prove_it()
    {
        await StartAsync(3);
        var chunk = ChunkOf(_ => true);
        Assert.False(await Writer.PlaceAsync(chunk, asksFirst: true));
        Assert.Equal(2 * chunk.Bytes.Length, Writer.Traffic.Places.SentBytes);

        Assert.True(await Writer.PlaceAsync(chunk, asksFirst: true));
        Assert.Equal((2 * chunk.Bytes.Length, 2 * chunk.Bytes.Length), (Writer.Traffic.Places.SentBytes, Writer.Traffic.Places.SparedBytes));

        // One has lost it; the other has something else under its name, and is not believed.
        await _nodes[1].Store.DeleteAsync(chunk.Id, CancellationToken.None);
        await _nodes[2].Store.DeleteAsync(chunk.Id, CancellationToken.None);
        await _nodes[2].Store.PutAsync(chunk.Id, new byte[2000], Epoch.First, CancellationToken.None);
        Assert.False(await Writer.PlaceAsync(chunk, asksFirst: true));
        Assert.Equal(3 * chunk.Bytes.Length, Writer.Traffic.Places.SentBytes);
        Assert.True(_nodes[1].Store.Contains(chunk.Id));

        Assert.True(await Writer.PlaceAsync(chunk));
        Assert.Equal(2 * chunk.Bytes.Length, Writer.Traffic.Places.ResentBytes);
    }

    [Fact]
    public async Task What_is_pulled_in_the_background_keeps_to_its_rate()
    {
        await StartAsync(3);
        var chunk = ChunkOf(_ => true);
        await _nodes[1].Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, CancellationToken.None);
        var time = new HandTime();

        var pulling = Writer.PullAsync(chunk.Id.Partition, new RateLimit(chunk.Bytes.Length / 2, time));
        await time.TimerStartedAsync();
        Assert.True(Writer.Store.Contains(chunk.Id));
        Assert.False(pulling.IsCompleted);
        Assert.Equal((0, chunk.Bytes.Length), (Writer.Traffic.Reads.CheckedBytes, Writer.Traffic.Reads.RepairBytes));

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await pulling.WaitAsync(Patience));
    }

    [Fact]
    public async Task The_next_node_stands_in_for_a_replica_that_is_down_and_is_told_for_whom()
    {
        await StartAsync(4);
        var chunk = ChunkOf(replicas => replicas.Contains(_nodes[3].Self));
        var standIn = _nodes.Single(node => !ReplicasOf(chunk).Contains(node));
        await _nodes[3].GoDownAsync();

        await Writer.PlaceAsync(chunk);

        Assert.True(standIn.Store.Contains(chunk.Id));
        if (standIn != Writer)
        {
            Assert.Equal((chunk.Id, _nodes[3].Self), Assert.Single(standIn.HandedOver));
        }

        Assert.Equal(3, Holders(chunk).Count());
        Assert.All(_nodes.Where(node => node != standIn), node => Assert.Empty(node.HandedOver));
        Assert.Equal((chunk.Id, _nodes[3].Self), Assert.Single(Writer.Missed));
    }

    [Fact]
    public async Task A_full_disk_is_stood_in_for_and_when_too_many_are_full_the_answer_says_so()
    {
        await StartAsync(4);
        var chunk = ChunkOf(replicas => replicas.Contains(_nodes[3].Self));
        Fill(_nodes[3]);

        await Writer.PlaceAsync(chunk);

        Assert.Equal(3, Holders(chunk).Count());
        Assert.DoesNotContain(_nodes[3].Self, Holders(chunk));

        _nodes.ForEach(Fill);
        var refused = await Assert.ThrowsAsync<TransferException>(() => Writer.PlaceAsync(ChunkOf(_ => true, from: 1000)));
        Assert.Equal(DfsOutcome.DiskFull, refused.Outcome);
        Assert.True(await FetchAsync(Writer, chunk));

        Empty(_nodes[0]);
        Empty(_nodes[1]);
        await Writer.PlaceAsync(ChunkOf(_ => true, from: 2000));
    }

    [Fact]
    public async Task A_replica_that_hangs_is_left_behind_and_holds_nothing_here()
    {
        await StartAsync(3, stragglerGrace: TimeSpan.FromMilliseconds(50));
        var chunk = ChunkOf(_ => true);
        using var thaw = new ManualResetEventSlim();
        _nodes[2].Disk.Faults = (call, _) =>
        {
            if (call == "write")
            {
                thaw.Wait(Patience);
            }

            return null;
        };

        // Comes back only when nobody reads the chunk's bytes any more.
        await Writer.PlaceAsync(chunk).WaitAsync(Patience);

        Assert.Equal([Members.Id(1), Members.Id(2)], Holders(chunk).Order());
        Assert.Equal((chunk.Id, Members.Id(3)), Assert.Single(Writer.Missed));
        thaw.Set();
    }

    [Fact]
    public async Task Where_somebody_waits_others_stand_in_for_holders_that_hang_and_too_many_of_them_are_said_to_in_time()
    {
        await StartAsync(5, stragglerGrace: TimeSpan.FromMilliseconds(50));
        var chunk = ChunkOf(replicas => replicas.Contains(Writer.Self));
        using var thaw = new ManualResetEventSlim();
        var hung = ReplicasOf(chunk).Where(node => node != Writer).ToList();
        hung.ForEach(node => Hang(node, thaw));

        // They have taken all of the chunk, and answer nothing: a call alone would wait for a quarter of a minute.
        using (RequestBudget.Begin(AnswerLimit.Default))
        {
            await Writer.PlaceAsync(chunk).WaitAsync(Patience);
        }

        Assert.Contains(Writer.Self, Holders(chunk));
        Assert.Contains(_nodes, node => !ReplicasOf(chunk).Contains(node) && !node.HandedOver.IsEmpty);

        _nodes.Where(node => node != Writer).ToList().ForEach(node => Hang(node, thaw));
        var clock = Stopwatch.StartNew();
        using (RequestBudget.Begin(new AnswerLimit(TimeSpan.FromSeconds(5), TimeProvider.System)))
        {
            var refused = await Assert.ThrowsAsync<TransferException>(() => Writer.PlaceAsync(ChunkOf(_ => true, from: 1000)));
            Assert.Equal(DfsOutcome.NoQuorum, refused.Outcome);
            Assert.Contains(": no answer yet", refused.Message, StringComparison.Ordinal);
        }

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        _nodes.ForEach(node => node.Disk.Faults = static (_, _) => null);
        thaw.Set();

        static void Hang(TrafficNode node, ManualResetEventSlim thaw) => node.Disk.Faults = (call, _) =>
        {
            if (call == "write")
            {
                thaw.Wait(Patience);
            }

            return null;
        };
    }

    [Fact]
    public async Task Under_an_old_layout_nothing_is_stored_and_the_writer_goes_on_under_the_new_one()
    {
        await StartAsync(4);
        var old = Writer.Layout!;
        var newer = old.ChangeStart([.. old.Members]).Finish();
        _nodes.Skip(1).ToList().ForEach(node => node.Layout = newer);
        var seen = new List<LayoutNumber>();
        Writer.NewerLayoutSeen = (_, number) =>
        {
            seen.Add(number);
            Writer.Layout = newer;
        };
        var chunk = ChunkOf(replicas => !replicas.Contains(Writer.Self));

        await Writer.PlaceAsync(chunk);

        Assert.Equal(newer.Number, Assert.Single(seen.Distinct()));
        // The writer itself had stood in for those who refused.
        Assert.Equal(ReplicasOf(chunk).Select(node => node.Self).Order(), Holders(chunk).Except([Writer.Self]).Order());
    }

    [Fact]
    public async Task A_layout_that_never_comes_is_no_quorum()
    {
        await StartAsync(4);
        var old = Writer.Layout!;
        var newer = old.ChangeStart([.. old.Members]).Finish();
        _nodes.Skip(1).ToList().ForEach(node => node.Layout = newer);
        var chunk = ChunkOf(replicas => !replicas.Contains(Writer.Self));

        var refused = await Assert.ThrowsAsync<TransferException>(() => Writer.PlaceAsync(chunk));

        Assert.Equal(DfsOutcome.NoQuorum, refused.Outcome);
        Assert.Contains("(some know another layout)", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_nodes.Skip(1), node => node.Store.Contains(chunk.Id));
    }

    [Fact]
    public async Task A_replica_under_an_older_layout_takes_nothing_and_hears_of_the_newer_one()
    {
        await StartAsync(3);
        var old = Writer.Layout!;
        var newer = old.ChangeStart([.. old.Members]).Finish();
        Writer.Layout = _nodes[1].Layout = newer;
        var heard = new List<(ReplicaId, LayoutNumber)>();
        _nodes[2].NewerLayoutSeen = (from, number) => heard.Add((from, number));
        var chunk = ChunkOf(_ => true);

        await Writer.PlaceAsync(chunk);

        Assert.Equal([Members.Id(1), Members.Id(2)], Holders(chunk).Order());
        Assert.Equal((Writer.Self, newer.Number), Assert.Single(heard));
    }

    [Fact]
    public async Task A_read_takes_the_first_intact_copy_wherever_it_is()
    {
        await StartAsync(4);
        var chunk = ChunkOf(replicas => replicas.Contains(Writer.Self));
        await Writer.PlaceAsync(chunk);
        var outsider = _nodes.Single(node => !ReplicasOf(chunk).Contains(node));
        await outsider.Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default);

        foreach (var replica in ReplicasOf(chunk))
        {
            replica.Disk.Rot(Assert.Single(replica.Disk.FilesBelow("/chunks")), 8 * 500);
            Assert.True(await FetchAsync(Writer, chunk));
        }

        outsider.Disk.Rot(Assert.Single(outsider.Disk.FilesBelow("/chunks")), 8 * 500);
        var lost = await Assert.ThrowsAsync<TransferException>(() => FetchAsync(Writer, chunk));
        Assert.Equal(DfsOutcome.Damaged, lost.Outcome);
    }

    [Fact]
    public async Task A_chunk_that_only_nodes_which_are_away_have_is_not_called_lost()
    {
        await StartAsync(4);
        var chunk = ChunkOf(replicas => !replicas.Contains(Writer.Self));
        await _nodes[1].Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default);
        Assert.True(await FetchAsync(Writer, chunk));

        await _nodes[1].GoDownAsync();

        var away = await Assert.ThrowsAsync<TransferException>(() => FetchAsync(Writer, chunk));
        Assert.Equal(DfsOutcome.NoQuorum, away.Outcome);
    }

    // docs/operating/tracing.md
    [Fact]
    public async Task A_trace_shows_whom_a_read_asked_before_it_got_the_chunk()
    {
        await StartAsync(5);
        var chunk = ChunkOf(replicas => !replicas.Contains(Writer.Self));
        await Writer.PlaceAsync(chunk);
        var first = _nodes.First(node => node.Self == Writer.Layout!.ChunkReplicasOf(chunk.Id.Partition)[0]);
        await first.GoDownAsync();
        var trace = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Spans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> begun) =>
                begun.Parent.TraceId == trace.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        using (Spans.Begin("chunk read", trace))
        {
            Assert.True(await FetchAsync(Writer, chunk));
        }

        var reads = ended.Where(span => span.OperationName == "replica read").OrderBy(span => span.GetTagItem("dfs.attempt")).ToList();
        Assert.Equal([1, 2, 3], reads.Select(span => span.GetTagItem("dfs.attempt")));
        Assert.Equal(["missing", "unanswered", "found"], reads.Select(span => span.GetTagItem("dfs.outcome")));
        Assert.Equal([$"{Writer.Self}", $"{first.Self}"], reads.Take(2).Select(span => span.GetTagItem("dfs.replica")));
        var served = Assert.Single(ended, span => span.OperationName == "peer get chunk");
        Assert.Equal(reads[2].SpanId, served.ParentSpanId);
        Assert.All(ended, span => Assert.Equal(trace.TraceId, span.TraceId));
    }

    [Fact]
    public async Task Many_small_chunks_at_once_lie_on_all_of_their_replicas()
    {
        await StartAsync(3);
        var chunks = Enumerable.Range(0, 100).Select(number => ChunkOf(_ => true, from: 1000 * number)).ToList();

        var wereThere = await Task.WhenAll(chunks.Select(chunk => Writer.PlaceAsync(chunk)));

        Assert.DoesNotContain(true, wereThere);
        Assert.All(chunks, chunk => Assert.Equal(3, Holders(chunk).Count()));
        Assert.Empty(Writer.Missed);
    }

    // docs/operating/tracing.md
    [Fact]
    public async Task Chunks_that_share_a_request_go_on_with_their_own_spans()
    {
        var held = new List<HeldStore>();
        await StartAsync(3, shown: store =>
        {
            held.Add(new HeldStore(store));
            return held[^1];
        });
        var trace = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Spans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> begun) =>
                begun.Parent.TraceId == trace.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var first = Enumerable.Range(0, SmallPuts.RequestsMax).Select(number => Writer.PlaceAsync(ChunkOf(_ => true, from: 1000 * number))).ToList();
        foreach (var store in held.Skip(1).SelectMany(store => Enumerable.Repeat(store, SmallPuts.RequestsMax)))
        {
            await store.ArrivedAsync();
        }

        var untraced = Writer.PlaceAsync(ChunkOf(_ => true, from: 10_000));
        var traced = Enumerable.Range(11, 2).Select(async number =>
        {
            using var span = Spans.Begin("chunk place", trace);
            await Writer.PlaceAsync(ChunkOf(_ => true, from: 1000 * number));
        }).ToList();
        held.ForEach(store => store.Open());
        await Task.WhenAll([.. first, untraced, .. traced]).WaitAsync(Patience);

        Assert.All(held.Skip(1), store => Assert.Equal([3], store.Together));
        var sent = ended.Where(span => span.OperationName == "replica put" && span.Kind == ActivityKind.Client).Select(span => span.SpanId).ToHashSet();
        var taken = ended.Where(span => span.OperationName == "peer put chunk").ToList();
        Assert.Equal(4, sent.Count);
        Assert.Equal(sent, taken.Select(span => span.ParentSpanId).ToHashSet());
        Assert.All(taken, span => Assert.Equal("placed", span.GetTagItem("dfs.outcome")));
        Assert.All(taken, span => Assert.Single(ended, commit => commit.OperationName == "store commit" && commit.ParentSpanId == span.SpanId));
        Assert.All(ended, span => Assert.Equal(trace.TraceId, span.TraceId));
    }

    private async Task StartAsync(int count, TimeSpan? stragglerGrace = null, Func<IChunkStore, IChunkStore>? shown = null)
    {
        for (var number = 1; number <= count; number++)
        {
            _nodes.Add(await TrafficNode.StartAsync(number, stragglerGrace ?? NobodyIsLeftBehind, shown: shown));
        }

        var layout = Layout.First(
            new ClusterId(new Bytes16(7, 7)), Members.Three, [.. _nodes.Select((node, index) => node.Member(index + 1))]);
        _nodes.ForEach(node => node.Layout = layout);
    }

    // The first of a row of chunks whose replicas are as the test needs them.
    private SampleChunk ChunkOf(Func<IReadOnlyList<ReplicaId>, bool> replicas, int from = 0, int sizeBytes = 2000)
    {
        for (var number = from; ; number++)
        {
            var bytes = TestBytes.Random(number, sizeBytes);
            var id = ChunkTree.IdOf(bytes);
            if (replicas(Writer.Layout!.ChunkReplicasOf(id.Partition)))
            {
                return new SampleChunk(id, bytes);
            }
        }
    }

    private List<TrafficNode> ReplicasOf(SampleChunk chunk) =>
        [.. _nodes.Where(node => Writer.Layout!.ChunkReplicasOf(chunk.Id.Partition).Contains(node.Self))];

    private IEnumerable<ReplicaId> Holders(SampleChunk chunk) =>
        _nodes.Where(node => node.Store.Contains(chunk.Id)).Select(node => node.Self);

    private static async Task<bool> FetchAsync(TrafficNode reader, SampleChunk chunk)
    {
        using var found = await reader.Traffic.FetchAsync(chunk.Id, default);
        return found.Memory.Span.SequenceEqual(chunk.Bytes);
    }

    private static void Fill(TrafficNode node) => node.Disk.CapacityBytes = node.Disk.UsedBytes;

    private static void Empty(TrafficNode node) => node.Disk.CapacityBytes = long.MaxValue / 4;
}
