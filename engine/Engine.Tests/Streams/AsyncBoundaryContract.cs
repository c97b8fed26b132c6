using Akka.Streams;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

/// <summary>A boundary changes who runs what, not what comes out.</summary>
public sealed class AsyncBoundaryContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    [Theory(Timeout = 20000)]
    [InlineData(1), InlineData(2), InlineData(16)]
    public async Task Every_element_crosses_once_and_in_order(int buffer)
    {
        var source = Source.From(Enumerable.Range(0, 20_000)).Async()
            .Select(n => n + 1).Async()
            .Select(n => n - 1).AddAttributes(Attributes.CreateInputBuffer(buffer, buffer));

        Assert.Equal(Enumerable.Range(0, 20_000), await source.ToArrayAsync(streams));
    }

    [Fact(Timeout = 5000)]
    public async Task Failure_and_cancellation_cross()
    {
        var boom = new InvalidOperationException("boom");
        var failed = StreamsTestExtensions.Failing(boom).Async().Select(n => n).ToArrayAsync(streams);
        var cancelled = StreamsTestExtensions.Endless.WatchEnd().Async().To(Sink.Cancelled<int>()).Run(streams.Materializer);
        var failing = StreamsTestExtensions.Endless.WatchEnd().Async()
            .Select<int, int, Task>(_ => throw boom).To(Sink.Ignore<int>()).Run(streams.Materializer);

        Assert.Same(boom, await Assert.ThrowsAsync<InvalidOperationException>(() => failed));
        await cancelled;
        Assert.Same(boom, await Assert.ThrowsAsync<InvalidOperationException>(() => failing));
    }

    [Fact(Timeout = 5000)]
    public async Task Islands_run_at_the_same_time()
    {
        using var barrier = new Barrier(2);
        var branches = GraphDsl.Create(builder =>
        {
            var broadcast = builder.Add(new Broadcast<int>(2));
            var merge = builder.Add(new Merge<bool>(2));
            var meets = Flow.FromFunction<int, bool>(_ => barrier.SignalAndWait(2000)).Async();
            builder.From(broadcast.Out(0)).Via(meets).To(merge.In(0));
            builder.From(broadcast.Out(1)).Via(meets).To(merge.In(1));
            return new FlowShape<int, bool>(broadcast.In, merge.Out);
        });

        Assert.All(await Source.Single(1).Via(branches).ToArrayAsync(streams), Assert.True);
    }

    [Fact(Timeout = 5000)]
    public async Task Big_buffers_cross_without_a_copy()
    {
        var buffers = Enumerable.Range(0, 8).Select(_ => new byte[1 << 20]).ToArray();

        var arrived = await Source.From(buffers).Select(buffer => (ReadOnlyMemory<byte>)buffer).Async()
            .Select(memory => memory).ToArrayAsync(streams);

        Assert.True(arrived.Zip(buffers).All(pair => pair.First.Equals(pair.Second)));
    }
}
