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
        var failed = Source.Failed<int>(boom).Async().Select(n => n).ToArrayAsync(streams);
        var cancelled = Source.Repeat(1).WatchTermination(Keep.Right).Async().To(Sink.Cancelled<int>()).Run(streams.Materializer);
        var failing = Source.Repeat(1).WatchTermination(Keep.Right).Async()
            .Select<int, int, Task<Akka.Done>>(_ => throw boom).To(Sink.Ignore<int>()).Run(streams.Materializer);

        Assert.Same(boom, await Assert.ThrowsAsync<InvalidOperationException>(() => failed));
        await cancelled;
        Assert.Same(boom, await Assert.ThrowsAsync<InvalidOperationException>(() => failing));
    }

    [Fact(Timeout = 5000)]
    public async Task Islands_run_at_the_same_time()
    {
        using var barrier = new Barrier(2);
        var met = await Source.Single(1)
            .AlsoTo(Sink.ForEach<int>(_ => barrier.SignalAndWait(2000)).Async().MapMaterializedValue(_ => Akka.NotUsed.Instance))
            .Async().Select(_ => barrier.SignalAndWait(2000)).RunWith(Sink.First<bool>(), streams.Materializer);

        Assert.True(met);
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
