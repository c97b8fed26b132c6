using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Engine.Tests.Remote;

public class RemoteDeathWatchTests : RemoteFixture
{
    [Fact]
    public async Task The_end_of_a_remote_actor_is_told()
    {
        var (a, b) = (Start("a"), Start("b"));
        var echo = Echo(b);
        var remote = await ResolveAsync(a, echo, b);
        var watcher = Collect(a);
        watcher.Watch(remote);
        Assert.Equal("watch is on its way before", await remote.Ask<string>("watch is on its way before", Patience));

        b.Stop(echo);

        var terminated = await watcher.NextAsync<Terminated>();
        Assert.Equal(remote, terminated.ActorRef);
        Assert.False(terminated.AddressTerminated);
    }

    [Fact]
    public async Task An_actor_that_has_already_ended_is_told_at_once()
    {
        var (a, b) = (Start("a"), Start("b"));
        var echo = Echo(b);
        var remote = await ResolveAsync(a, echo, b);
        await StoppedAsync(b, echo);
        var watcher = Collect(a);

        watcher.Watch(remote);

        Assert.False((await watcher.NextAsync<Terminated>()).ExistenceConfirmed);
    }

    [Fact]
    public async Task All_watchers_of_one_actor_are_told()
    {
        var (a, b) = (Start("a"), Start("b"));
        var echo = Echo(b);
        var remote = await ResolveAsync(a, echo, b);
        var watchers = new[] { Collect(a), Collect(a), Collect(a) };
        foreach (var watcher in watchers)
        {
            watcher.Watch(remote);
        }

        remote.Tell(PoisonPill.Instance);

        foreach (var watcher in watchers)
        {
            Assert.Equal(remote, (await watcher.NextAsync<Terminated>()).ActorRef);
        }
    }

    [Fact]
    public async Task After_unwatch_nothing_is_told()
    {
        var (a, b) = (Start("a"), Start("b"));
        var echo = Echo(b);
        var other = Echo(b, "other");
        var watcher = Collect(a);
        var remote = await ResolveAsync(a, echo, b);
        var remoteOther = await ResolveAsync(a, other, b);
        watcher.Watch(remote);
        watcher.Watch(remoteOther);
        watcher.Unwatch(remote);
        await StoppedAsync(b, echo);
        await StoppedAsync(b, other);

        Assert.Equal(remoteOther, (await watcher.NextAsync<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task The_orderly_end_of_a_system_ends_its_actors()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = await ResolveAsync(a, Echo(b), b);
        var watcher = Collect(a);
        watcher.Watch(remote);
        await remote.Ask<string>("hello", Patience);

        await b.Terminate();

        Assert.Equal(remote, (await watcher.NextAsync<Terminated>()).ActorRef);
    }

    // The listener accepts and never says a word: no handshake, so no uid, so the failure detector must find out.
    [Fact]
    public async Task A_system_that_never_answers_is_found_out()
    {
        var a = Start("a");
        using var mute = new Socket(SocketType.Stream, ProtocolType.Tcp);
        mute.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        mute.Listen();
        var address = new Address("akka.tcp", "b", "127.0.0.1", ((IPEndPoint)mute.LocalEndPoint!).Port);
        var watcher = Collect(a);

        watcher.Watch(((ExtendedActorSystem)a).Provider.ResolveActorRef(new RootActorPath(address) / "user" / "x"));

        Assert.True((await watcher.NextAsync<Terminated>()).AddressTerminated);
    }

    [Fact]
    public async Task A_watched_actor_does_not_survive_the_restart_of_its_system()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = await ResolveAsync(a, Echo(b), b);
        var watcher = Collect(a);
        watcher.Watch(remote);
        await remote.Ask<string>("hello", Patience);
        var port = AddressOf(b).Port!.Value;

        await b.Terminate();
        Echo(Start("b", port));

        Assert.Equal(remote, (await watcher.NextAsync<Terminated>()).ActorRef);
    }
}
