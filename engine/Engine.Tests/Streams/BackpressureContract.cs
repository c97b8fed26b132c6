using Akka.Streams;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

/// <summary>Nothing runs ahead of demand, but for the buffers that say so.</summary>
public sealed class BackpressureContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    private int _produced;

    private Source<int, Akka.NotUsed> Counted => Source.UnfoldAsync(0, n =>
    {
        Interlocked.Increment(ref _produced);
        return Task.FromResult(Akka.Util.Option<(int, int)>.Create((n + 1, n)));
    });

    [Fact(Timeout = 5000)]
    public async Task A_sink_that_takes_one_by_one_bounds_the_source()
    {
        var queue = Counted.Select(n => n).RunWith(new PullSink<int>(), streams.Materializer);
        await StreamsTestExtensions.EventuallyAsync(() => Volatile.Read(ref _produced) >= 1);

        for (var n = 0; n < 10; n++)
        {
            Assert.Equal(n, (await queue.PullAsync()).Value);
        }

        Assert.InRange(await SettledAsync(), 10, 14);
    }

    [Fact(Timeout = 5000)]
    public async Task A_buffer_runs_ahead_by_its_size()
    {
        var queue = Counted.Buffer(5, OverflowStrategy.Backpressure).RunWith(new PullSink<int>(), streams.Materializer);
        await StreamsTestExtensions.EventuallyAsync(() => Volatile.Read(ref _produced) >= 6);

        Assert.InRange(await SettledAsync(), 6, 8);
        Assert.Equal(0, (await queue.PullAsync()).Value);
    }

    [Fact(Timeout = 5000)]
    public async Task An_async_boundary_runs_ahead_by_its_input_buffer()
    {
        var queue = Counted.Async().Select(n => n).AddAttributes(Attributes.CreateInputBuffer(4, 4))
            .RunWith(new PullSink<int>(), streams.Materializer);
        await StreamsTestExtensions.EventuallyAsync(() => Volatile.Read(ref _produced) >= 4);

        Assert.InRange(await SettledAsync(), 4, 8);
        for (var n = 0; n < 50; n++)
        {
            Assert.Equal(n, (await queue.PullAsync()).Value);
        }

        Assert.InRange(await SettledAsync(), 50, 58);
    }

    [Theory(Timeout = 5000)]
    [InlineData(OverflowStrategy.DropHead, "7,8,9")]
    [InlineData(OverflowStrategy.DropTail, "1,2,9")]
    [InlineData(OverflowStrategy.DropNew, "1,2,3")]
    [InlineData(OverflowStrategy.DropBuffer, "7,8,9")]
    public async Task A_full_buffer_drops_what_its_strategy_says(OverflowStrategy strategy, string left)
    {
        var (queue, sink) = Source.Queue<int>(1, OverflowStrategy.Backpressure).Buffer(3, strategy)
            .ToMaterialized(new PullSink<int>(), Keep.Both).Run(streams.Materializer);
        for (var n = 0; n < 10; n++)
        {
            // The first waits in the sink, the others meet the buffer one by one.
            await queue.OfferAsync(n);
            await Task.Delay(n == 0 ? 50 : 10);
        }

        var taken = new List<int>();
        for (var n = 0; n < 4; n++)
        {
            taken.Add((await sink.PullAsync()).Value);
        }

        Assert.Equal($"0,{left}", string.Join(",", taken));
    }

    [Fact(Timeout = 5000)]
    public async Task A_full_buffer_fails_when_told_to()
    {
        var result = Source.From(Enumerable.Range(0, 10)).Buffer(3, OverflowStrategy.Fail)
            .SelectAsync(1, _ => new TaskCompletionSource<int>().Task).RunWith(Sink.Seq<int>(), streams.Materializer);

        await Assert.ThrowsAsync<BufferOverflowException>(() => result);
    }

    [Fact(Timeout = 5000)]
    public async Task Batches_grow_only_while_the_downstream_is_busy()
    {
        var (source, batches) = Source.Queue<int>(20, OverflowStrategy.Backpressure)
            .Batch(3, n => $"{n}", (batch, n) => $"{batch},{n}")
            .ToMaterialized(new PullSink<string>(), Keep.Both).Run(streams.Materializer);
        foreach (var n in new[] { 1, 2, 3, 4, 5 })
        {
            await source.OfferAsync(n);
            await Task.Delay(20);
        }

        Assert.Equal("1", (await batches.PullAsync()).Value);
        Assert.Equal("2,3,4", (await batches.PullAsync()).Value);
        Assert.Equal("5", (await batches.PullAsync()).Value);
    }

    private async Task<int> SettledAsync()
    {
        await Task.Delay(50);
        return Volatile.Read(ref _produced);
    }
}
