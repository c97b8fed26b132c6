using Akka.Streams;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

public sealed class QueueContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    [Fact(Timeout = 5000)]
    public async Task What_was_offered_before_the_end_arrives()
    {
        var (queue, result) = Source.Queue<int>(10, OverflowStrategy.Backpressure)
            .ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(streams.Materializer);

        for (var n = 0; n < 5; n++)
        {
            Assert.Same(QueueOfferResult.Enqueued.Instance, await queue.OfferAsync(n));
        }

        queue.Complete();
        Assert.Equal(Enumerable.Range(0, 5), await result);
        await queue.WatchCompletionAsync();
    }

    [Theory(Timeout = 5000)]
    [InlineData(OverflowStrategy.DropHead, "2,3"), InlineData(OverflowStrategy.DropTail, "1,3")]
    [InlineData(OverflowStrategy.DropBuffer, "3"), InlineData(OverflowStrategy.DropNew, "1,2")]
    public async Task A_full_queue_drops_what_its_strategy_says(OverflowStrategy strategy, string left)
    {
        var (queue, sink) = await BlockedAsync(strategy);

        for (var n = 1; n < 4; n++)
        {
            var expected = n == 3 && strategy == OverflowStrategy.DropNew
                ? (IQueueOfferResult)QueueOfferResult.Dropped.Instance
                : QueueOfferResult.Enqueued.Instance;
            Assert.Same(expected, await queue.OfferAsync(n));
        }

        queue.Complete();
        Assert.Equal($"0,{left}", await DrainAsync(sink));
    }

    [Fact(Timeout = 5000)]
    public async Task A_full_queue_makes_an_offer_wait_and_refuses_a_second()
    {
        var (queue, sink) = await BlockedAsync(OverflowStrategy.Backpressure);
        await queue.OfferAsync(1);
        await queue.OfferAsync(2);

        var waiting = queue.OfferAsync(3);
        await Assert.ThrowsAnyAsync<Exception>(() => queue.OfferAsync(4));
        Assert.False(waiting.IsCompleted);
        queue.Complete();

        Assert.Equal("0,1,2,3", await DrainAsync(sink));
        Assert.Same(QueueOfferResult.Enqueued.Instance, await waiting);
    }

    [Fact(Timeout = 5000)]
    public async Task A_full_queue_fails_when_told_to()
    {
        var (queue, _) = await BlockedAsync(OverflowStrategy.Fail);
        await queue.OfferAsync(1);
        await queue.OfferAsync(2);

        Assert.IsType<QueueOfferResult.Failure>(await queue.OfferAsync(3));
        await Assert.ThrowsAsync<BufferOverflowException>(queue.WatchCompletionAsync);
    }

    [Fact(Timeout = 5000)]
    public async Task A_failed_queue_fails_the_stream()
    {
        var boom = new InvalidOperationException("boom");
        var (queue, result) = Source.Queue<int>(10, OverflowStrategy.Backpressure)
            .ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(streams.Materializer);

        queue.Fail(boom);

        Assert.Same(boom, await Assert.ThrowsAsync<InvalidOperationException>(() => result));
    }

    [Fact(Timeout = 5000)]
    public async Task Offers_after_the_end_fail()
    {
        var (queue, result) = Source.Queue<int>(10, OverflowStrategy.Backpressure)
            .ToMaterialized(Sink.First<int>(), Keep.Both).Run(streams.Materializer);
        await queue.OfferAsync(1);
        await result;
        await queue.WatchCompletionAsync();
        await Task.Delay(50);

        await Assert.ThrowsAsync<StreamDetachedException>(() => queue.OfferAsync(2));
    }

    // A queue of two before a sink that has taken one element and wants no more for now.
    private async Task<(ISourceQueueWithComplete<int> Queue, PullSink<int>.Logic Sink)> BlockedAsync(OverflowStrategy strategy)
    {
        var (queue, sink) = Source.Queue<int>(2, strategy)
            .ToMaterialized(new PullSink<int>(), Keep.Both)
            .Run(streams.Materializer);
        await queue.OfferAsync(0);
        await Task.Delay(50);
        return (queue, sink);
    }

    private static async Task<string> DrainAsync(PullSink<int>.Logic sink)
    {
        var all = new List<int>();
        for (var next = await sink.PullAsync(); next.HasValue; next = await sink.PullAsync())
        {
            all.Add(next.Value);
        }

        return string.Join(",", all);
    }
}
