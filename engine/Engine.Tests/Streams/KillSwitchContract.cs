using Akka.Streams;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

public sealed class KillSwitchContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    private static readonly InvalidOperationException Boom = new("boom");

    [Fact(Timeout = 5000)]
    public async Task Shutdown_completes_downstream_and_cancels_upstream()
    {
        var ((ended, killSwitch), result) = StreamsTestExtensions.Silent.WatchEnd()
            .ViaMaterialized(KillSwitches.Single<int>(), Keep.Both)
            .ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(streams.Materializer);

        killSwitch.Shutdown();

        Assert.Empty(await result);
        await ended;
    }

    [Fact(Timeout = 5000)]
    public async Task Abort_fails_downstream()
    {
        var (killSwitch, result) = StreamsTestExtensions.Silent.ViaMaterialized(KillSwitches.Single<int>(), Keep.Right)
            .ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(streams.Materializer);

        killSwitch.Abort(Boom);
        killSwitch.Shutdown();

        Assert.Same(Boom, await Assert.ThrowsAsync<InvalidOperationException>(() => result));
    }

    [Fact(Timeout = 5000)]
    public async Task A_shared_switch_ends_all_its_streams_also_those_to_come()
    {
        var killSwitch = KillSwitches.Shared("all");
        var running = Enumerable.Range(0, 3)
            .Select(_ => StreamsTestExtensions.Endless.Via(killSwitch.Flow<int>()).RunWith(Sink.Ignore<int>(), streams.Materializer))
            .ToArray();

        killSwitch.Shutdown();

        await Task.WhenAll(running);
        await StreamsTestExtensions.Endless.Via(killSwitch.Flow<int>()).RunWith(Sink.Ignore<int>(), streams.Materializer);
    }
}
