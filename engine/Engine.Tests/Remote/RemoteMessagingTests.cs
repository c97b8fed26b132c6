using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Engine.Tests.Remote;

public class RemoteMessagingTests : RemoteFixture
{
    [Fact]
    public void Port_zero_becomes_the_port_that_is_bound()
    {
        var address = AddressOf(Start("mine"));

        Assert.Equal("akka.tcp", address.Protocol);
        Assert.Equal("mine", address.System);
        Assert.Equal("127.0.0.1", address.Host);
        Assert.InRange(address.Port!.Value, 1024, 65535);
    }

    [Fact]
    public void A_port_in_use_fails_the_start_and_is_named()
    {
        var taken = AddressOf(Start()).Port!.Value;

        var error = Assert.ThrowsAny<Exception>(() => ActorSystem.Create("second", Settings(taken)));

        Assert.Contains(taken.ToString(), error.ToString());
    }

    [Fact]
    public async Task A_question_to_a_selection_is_answered()
    {
        var (a, b) = (Start("a"), Start("b"));
        Echo(b);

        var answer = await a.ActorSelection($"{AddressOf(b)}/user/echo").Ask<string>("hello", Patience);

        Assert.Equal("hello", answer);
    }

    [Fact]
    public async Task A_resolved_reference_has_the_address_of_its_home_and_works()
    {
        var (a, b) = (Start("a"), Start("b"));

        var remote = await ResolveAsync(a, Echo(b), b);

        Assert.Equal(AddressOf(b), remote.Path.Address);
        Assert.Equal(42, await remote.Ask<int>(42, Patience));
    }

    [Fact]
    public async Task A_selection_of_nobody_is_not_found()
    {
        var (a, b) = (Start("a"), Start("b"));

        await Assert.ThrowsAsync<ActorNotFoundException>(
            () => a.ActorSelection($"{AddressOf(b)}/user/nobody").ResolveOne(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task A_reference_in_a_message_works_at_the_other_side()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = await ResolveAsync(a, Echo(b), b);
        var mine = Collect(a);

        var back = await remote.Ask<IActorRef>(mine.Actor, Patience);
        back.Tell("through");

        Assert.Equal("through", await mine.NextAsync<string>());
    }

    [Fact]
    public async Task A_failure_as_answer_fails_the_question()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = await ResolveAsync(a, Echo(b), b);

        var error = await Assert.ThrowsAnyAsync<Exception>(() => remote.Ask<string>("fail", Patience));

        Assert.Contains("as asked", error.ToString());
    }

    [Fact]
    public async Task Messages_keep_their_order()
    {
        const int Count = 5_000;
        var (a, b) = (Start("a"), Start("b"));
        var there = Collect(b);
        var remote = await ResolveAsync(a, there.Actor, b);

        for (var number = 0; number < Count; number++)
        {
            remote.Tell(number);
        }

        for (var number = 0; number < Count; number++)
        {
            Assert.Equal(number, await there.NextAsync<int>());
        }
    }

    [Fact]
    public async Task Both_sides_may_begin_at_once()
    {
        var (a, b) = (Start("a"), Start("b"));
        Echo(a);
        Echo(b);

        var answers = await Task.WhenAll(
            a.ActorSelection($"{AddressOf(b)}/user/echo").Ask<string>("to b", Patience),
            b.ActorSelection($"{AddressOf(a)}/user/echo").Ask<string>("to a", Patience));

        Assert.Equal(["to b", "to a"], answers);
    }

    [Fact]
    public async Task A_message_over_the_frame_size_is_dropped_and_the_next_arrives()
    {
        var (a, b) = (Start("a"), Start("b"));
        var there = Collect(b);
        var remote = await ResolveAsync(a, there.Actor, b);

        remote.Tell(new string('x', 200_000));
        remote.Tell("small");

        Assert.Equal("small", await there.NextAsync<string>());
    }

    [Fact]
    public async Task A_poison_pill_stops_a_remote_actor()
    {
        var (a, b) = (Start("a"), Start("b"));
        var echo = Echo(b);
        var watcher = Collect(b);
        watcher.Watch(echo);

        (await ResolveAsync(a, echo, b)).Tell(PoisonPill.Instance);

        Assert.Equal(echo, (await watcher.NextAsync<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task While_nobody_listens_messages_are_dead_letters_and_an_error_is_published()
    {
        var a = Start("a");
        var events = Collect(a, typeof(AssociationErrorEvent), typeof(DeadLetter));
        using var free = new Socket(SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var nobody = new Address("akka.tcp", "b", "127.0.0.1", ((IPEndPoint)free.LocalEndPoint!).Port);

        a.ActorSelection(new RootActorPath(nobody) / "user" / "x").Tell("first");
        var error = await events.NextAsync<AssociationErrorEvent>();
        Assert.Equal(nobody, error.RemoteAddress);

        a.ActorSelection(new RootActorPath(nobody) / "user" / "x").Tell("second");
        await events.NextAsync<DeadLetter>();
    }

    [Fact]
    public async Task A_system_that_restarts_at_its_address_is_talked_to_again()
    {
        var (a, b) = (Start("a"), Start("b"));
        Echo(b);
        var selection = a.ActorSelection($"{AddressOf(b)}/user/echo");
        Assert.Equal("one", await selection.Ask<string>("one", Patience));
        var port = AddressOf(b).Port!.Value;

        await b.Terminate();
        Echo(Start("b", port));

        Assert.Equal("two", await AskUntilAnsweredAsync(selection, "two"));
    }

    private static async Task<string> AskUntilAnsweredAsync(ActorSelection selection, string question)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                return await selection.Ask<string>(question, TimeSpan.FromMilliseconds(300), limit.Token);
            }
            catch (Exception e) when (e is AskTimeoutException && !limit.IsCancellationRequested)
            {
                // The gate is still closed.
            }
        }
    }
}
