using Akka.Actor;
using Akka.Remote;
using Engine.Tests.Remote;

namespace Engine.Tests.Embedded.Remote;

public class NetworkFaultTests : RemoteFixture
{
    private const string Tolerant = "akka.remote.watch-failure-detector.acceptable-heartbeat-pause = 30 s";

    /// <summary>A system that others reach through the network only.</summary>
    private ActorSystem StartBehind(FaultyNetwork network, string settings = "")
    {
        var system = Start("b", settings:
            $"""
            akka.remote.dot-netty.tcp.public-hostname = "127.0.0.1"
            akka.remote.dot-netty.tcp.public-port = {network.Port}
            {settings}
            """);
        var provider = (IRemoteActorRefProvider)((ExtendedActorSystem)system).Provider;
        network.Target.SetResult(((Akka.Remote.Remoting)provider.Transport).BoundPort);
        return system;
    }

    [Fact]
    public async Task A_frozen_system_is_found_out_and_learns_of_it_when_it_wakes()
    {
        using var network = new FaultyNetwork();
        var a = Start("a", settings: "akka.remote.watch-failure-detector.heartbeat-interval = 20 ms");
        var b = StartBehind(network);
        var remote = await ResolveAsync(a, Echo(b), b);
        var watcher = Collect(a);
        var theirs = Collect(b, typeof(ThisActorSystemQuarantinedEvent));
        watcher.Watch(remote);
        await remote.Ask<string>("hello", Patience);
        await Task.Delay(300);

        network.Freeze();
        var terminated = await watcher.NextAsync<Terminated>();
        network.Thaw();

        Assert.True(terminated.AddressTerminated);
        Assert.Equal(AddressOf(a), (await theirs.NextAsync<ThisActorSystemQuarantinedEvent>()).RemoteAddress);
    }

    [Fact]
    public async Task A_watch_survives_lost_connections()
    {
        using var network = new FaultyNetwork();
        var a = Start("a", settings: Tolerant);
        var b = StartBehind(network, Tolerant);
        var echo = Echo(b);
        var remote = await ResolveAsync(a, echo, b);
        var watcher = Collect(a);

        network.Freeze();
        watcher.Watch(remote);
        await Task.Delay(50);
        network.Cut();
        network.Thaw();
        await Task.Delay(50);
        network.Cut();
        b.Stop(echo);

        Assert.False((await watcher.NextAsync<Terminated>()).AddressTerminated);
    }

    // Property: what arrives is in order and never twice, whatever is lost on the way.
    [Fact]
    public async Task Order_holds_over_lost_connections()
    {
        using var network = new FaultyNetwork();
        var a = Start("a", settings: "akka.remote.retry-gate-closed-for = 10 ms");
        var b = StartBehind(network);
        var there = Collect(b);
        var remote = await ResolveAsync(a, there.Actor, b);
        using var end = new CancellationTokenSource();
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                for (var left = 100; left > 0; left--)
                {
                    remote.Tell(sent++);
                }

                await Task.Delay(1);
            }
        });

        var last = -1;
        for (var cut = 0; cut < 4; cut++)
        {
            network.Cut();
            var enough = Volatile.Read(ref sent) + 1000;
            while (last < enough)
            {
                var number = await there.NextAsync<int>();
                Assert.True(number > last, $"{number} after {last}");
                last = number;
            }
        }

        await end.CancelAsync();
        await sending;
    }

    [Fact]
    public async Task Heartbeats_overtake_a_full_queue()
    {
        using var network = new FaultyNetwork { BytesPerMillisecond = 4 * 1024 };
        var a = Start("a");
        var b = StartBehind(network);
        var there = Collect(b);
        var remote = await ResolveAsync(a, there.Actor, b);
        var watcher = Collect(a);
        watcher.Watch(remote);
        await Task.Delay(300);

        var text = new string('x', 50_000);
        for (var number = 0; number < 60; number++)
        {
            remote.Tell(text);
        }

        remote.Tell("end");
        await there.NextAsync<string>(message => message == "end");

        Assert.False(watcher.Messages.TryRead(out var early), $"{early}");
    }

    [Fact]
    public async Task Mute_connections_end_after_the_time_of_the_handshake()
    {
        var a = Start("a", settings: "akka.remote.handshake-timeout = 200 ms");
        using var mute = new System.Net.Sockets.TcpClient();
        await mute.ConnectAsync("127.0.0.1", AddressOf(a).Port!.Value);

        Assert.Equal(0, await mute.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }
}
