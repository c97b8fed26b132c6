using Akka.Actor;
using Akka.Event;
using Engine.Tests.Remote;

namespace Engine.Tests.Embedded.Remote;

/// <summary>akka.remote.untrusted-mode: other systems send messages, and no commands.</summary>
public sealed class UntrustedModeTests : RemoteFixture
{
    private const string Untrusted =
        """
        akka.loglevel = DEBUG
        akka.loggers = []
        akka.remote { untrusted-mode = on, trusted-selection-paths = ["/user/open"] }
        """;

    [Fact]
    public async Task Commands_are_dropped_and_messages_are_not()
    {
        var (home, stranger) = (Start("home", settings: Untrusted), Start("stranger"));
        var (open, closed) = (Echo(home, "open"), Echo(home, "closed"));
        var dropped = Collect(home, typeof(Debug));
        var (seen, direct) = (await ResolveAsync(stranger, open, home), Direct(stranger, closed, home));

        foreach (var command in new object[] { PoisonPill.Instance, Kill.Instance })
        {
            seen.Tell(command);
            await DroppedAsync(command);
            direct.Tell(command);
            await DroppedAsync(command);
            stranger.ActorSelection($"{AddressOf(home)}/user/open").Tell(command);
            await DroppedAsync(command);
        }

        ((IInternalActorRef)seen).Stop();
        await DroppedAsync("<Terminate>");
        var watcher = Collect(stranger);
        watcher.Watch(direct);
        await DroppedAsync("wants to watch");

        Assert.Equal("still here", await seen.Ask<string>("still here", Patience));
        Assert.Equal("here too", await direct.Ask<string>("here too", Patience));

        Task DroppedAsync(object what) =>
            dropped.NextAsync<Debug>(debug => debug.ToString().Contains("untrusted", StringComparison.Ordinal) && debug.ToString().Contains(what.ToString()!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_selection_reaches_trusted_paths_only_from_the_root()
    {
        var (home, stranger) = (Start("home", settings: Untrusted), Start("stranger"));
        var (open, closed) = (Echo(home, "open"), Collect(home));
        var path = new RootActorPath(AddressOf(home)) / closed.Actor.Path.Elements;

        stranger.ActorSelection(path).Tell("by selection", ActorRefs.NoSender);
        // From another anchor than the root the same words mean another actor.
        new ActorSelection(Direct(stranger, open, home), "../user/open").Tell("by a detour", ActorRefs.NoSender);
        Direct(stranger, closed.Actor, home).Tell("by reference", ActorRefs.NoSender);

        Assert.Equal("by reference", await closed.NextAsync<string>());
        Assert.Equal("hello", await stranger.ActorSelection($"{AddressOf(home)}/user/open").Ask<string>("hello", Patience));
    }

    [Fact]
    public async Task Without_it_commands_are_carried_out()
    {
        var (home, stranger) = (Start("home"), Start("stranger"));
        var closed = Echo(home, "closed");
        var watcher = Collect(stranger);
        var direct = await ResolveAsync(stranger, closed, home);
        watcher.Watch(direct);

        direct.Tell(PoisonPill.Instance);

        await watcher.NextAsync<Terminated>();
    }

    private static IActorRef Direct(ActorSystem from, IActorRef actor, ActorSystem home) =>
        ((ExtendedActorSystem)from).Provider.ResolveActorRef((new RootActorPath(AddressOf(home)) / actor.Path.Elements).ToString());
}
