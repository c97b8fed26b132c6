using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

/// <summary>How the end of a stream travels: completion and failure downstream, cancellation upstream.</summary>
public sealed class TerminationContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    private static readonly InvalidOperationException Boom = new("boom");

    [Fact(Timeout = 5000)]
    public async Task Completion_is_seen_on_the_way()
    {
        var (ended, result) = Source.From([1, 2]).WatchEnd()
            .ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(streams.Materializer);

        await ended;
        Assert.Equal(Enumerable.Range(1, 2), await result);
    }

    [Fact(Timeout = 5000)]
    public async Task Failure_is_seen_on_the_way()
    {
        var (ended, result) = StreamsTestExtensions.Failing(Boom).WatchEnd()
            .ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(streams.Materializer);

        Assert.Same(Boom, await Assert.ThrowsAsync<InvalidOperationException>(() => ended));
        Assert.Same(Boom, await Assert.ThrowsAsync<InvalidOperationException>(() => result));
    }

    [Fact(Timeout = 5000)]
    public async Task Cancellation_without_a_reason_is_a_good_end_upstream()
    {
        var ended = StreamsTestExtensions.Endless.WatchEnd().To(Sink.Cancelled<int>()).Run(streams.Materializer);

        await ended;
    }

    [Fact(Timeout = 5000)]
    public async Task An_enumeration_that_waits_is_told_to_stop_and_is_disposed()
    {
        var disposed = new TaskCompletionSource();

        await Source.From(() => OneThenWait()).RunWith(Sink.First<int>(), streams.Materializer);

        await disposed.Task;

        async IAsyncEnumerable<int> OneThenWait([EnumeratorCancellation] CancellationToken token = default)
        {
            try
            {
                yield return 1;
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                disposed.SetResult();
            }
        }
    }

    [Fact(Timeout = 5000)]
    public async Task A_waiting_read_ends_when_the_stream_is_aborted()
    {
        var (waiting, disposed) = (new TaskCompletionSource(), new TaskCompletionSource());
        var killSwitch = Source.From(() => Wait()).ViaMaterialized(KillSwitches.Single<int>(), Keep.Right)
            .To(Sink.Ignore<int>()).Run(streams.Materializer);
        await waiting.Task;

        killSwitch.Abort(Boom);

        await disposed.Task;

        async IAsyncEnumerable<int> Wait([EnumeratorCancellation] CancellationToken token = default)
        {
            waiting.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
                yield return 1;
            }
            finally
            {
                disposed.SetResult();
            }
        }
    }

    [Fact(Timeout = 5000)]
    public async Task A_failing_stage_cancels_its_upstream_with_the_cause()
    {
        var ended = StreamsTestExtensions.Endless.WatchEnd()
            .Select<int, int, Task>(_ => throw Boom).To(Sink.Ignore<int>()).Run(streams.Materializer);

        Assert.Same(Boom, await Assert.ThrowsAsync<InvalidOperationException>(() => ended));
    }

    [Fact(Timeout = 5000)]
    public async Task A_shut_down_materializer_ends_its_streams_abruptly()
    {
        var materializer = ActorMaterializer.Create(streams.System, ActorMaterializerSettings.Create(streams.System));
        var (ended, result) = StreamsTestExtensions.Silent.WatchEnd()
            .ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(materializer);

        materializer.Shutdown();

        await Assert.ThrowsAsync<AbruptStageTerminationException>(() => ended);
        await Assert.ThrowsAsync<AbruptStageTerminationException>(() => result);
    }

    [Fact(Timeout = 5000)]
    public async Task Streams_of_an_actor_end_with_it()
    {
        var running = new TaskCompletionSource<Task>();
        var actor = streams.System.ActorOf(Props.Create(() => new StreamingActor(running)));
        var ended = await running.Task;

        streams.System.Stop(actor);

        await Assert.ThrowsAsync<AbruptStageTerminationException>(() => ended);
    }

    [Fact(Timeout = 5000)]
    public async Task Both_sides_of_an_async_boundary_hear_of_an_abrupt_end()
    {
        var materializer = ActorMaterializer.Create(streams.System, ActorMaterializerSettings.Create(streams.System));
        var (before, after) = StreamsTestExtensions.Silent.WatchEnd().Async()
            .ToMaterialized(Sink.Ignore<int>(), Keep.Both).Run(materializer);
        await Task.Delay(50);

        materializer.Shutdown();

        await Assert.ThrowsAnyAsync<Exception>(() => before);
        await Assert.ThrowsAnyAsync<Exception>(() => after);
    }

    public sealed class StreamingActor : UntypedActor
    {
        public StreamingActor(TaskCompletionSource<Task> running) =>
            running.SetResult(StreamsTestExtensions.Silent.RunWith(Sink.Ignore<int>(), Context.Materializer()));

        protected override void OnReceive(object message) => Unhandled(message);
    }
}
