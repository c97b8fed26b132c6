using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

/// <summary>One actor system for the tests of a class.</summary>
public sealed class StreamsSystem : IAsyncLifetime
{
    public ActorSystem System { get; } = ActorSystem.Create("streams");

    public IMaterializer Materializer { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Materializer = System.Materializer();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await System.Terminate();
}

public static class StreamsTestExtensions
{
    /// <summary>Neither emits nor ends.</summary>
    public static Source<int, Akka.NotUsed> Silent =>
        Source.UnfoldAsync(0, _ => new TaskCompletionSource<Akka.Util.Option<(int, int)>>().Task);

    public static Source<int, Akka.NotUsed> Empty => Source.From(Array.Empty<int>());

    public static Source<int, Akka.NotUsed> Endless => Source.From(Enumerable.Repeat(1, int.MaxValue));

    public static Source<int, Akka.NotUsed> Failing(Exception cause) =>
        Source.UnfoldAsync(0, _ => Task.FromException<Akka.Util.Option<(int, int)>>(cause));

    /// <summary>Its value ends as the stream does at this place.</summary>
    public static Source<T, Task> WatchEnd<T, TMat>(this Source<T, TMat> source) =>
        source.ViaMaterialized(new EndStage<T>(), Keep.Right);

    public static async Task<T[]> ToArrayAsync<T, TMat>(this Source<T, TMat> source, StreamsSystem streams) =>
        [.. await source.RunWith(Sink.Seq<T>(), streams.Materializer)];

    /// <summary>Waits for a state that other threads bring about; fails when it does not come.</summary>
    public static async Task EventuallyAsync(Func<bool> condition)
    {
        for (var attempt = 0; attempt < 500 && !condition(); attempt++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }
}
