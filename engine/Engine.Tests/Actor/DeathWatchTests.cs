using Akka.Actor;
using Akka.Event;

namespace Engine.Tests.Actor;

public class DeathWatchTests : ActorTest
{
    [Fact]
    public async Task An_actor_that_is_dead_already_is_reported()
    {
        var probe = NewProbe();
        var gone = Actor((_, _) => { });
        await Stopped(gone);

        probe.Watch(gone);

        Assert.Equal(gone, (await probe.Expect<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task Nothing_comes_after_unwatch()
    {
        var probe = NewProbe();
        var subject = Actor((_, _) => { });
        var watcher = Actor((context, message) =>
        {
            switch (message)
            {
                case "watch": context.Watch(subject); context.Sender.Tell("ok"); break;
                case "unwatch": context.Unwatch(subject); context.Sender.Tell("ok"); break;
                default: probe.Ref.Tell(message); break;
            }
        });
        await watcher.Ask<string>("watch", Patience);
        await watcher.Ask<string>("unwatch", Patience);

        await Stopped(subject);

        await probe.ExpectNothing();
    }

    [Fact]
    public async Task A_watcher_that_does_not_handle_it_dies_of_it()
    {
        var probe = NewProbe();
        var subject = Actor((_, _) => { });
        var watcher = System.ActorOf(Props.Create(() => new Heartbroken(subject)));
        await watcher.Ask<string>("ready?", Patience);
        probe.Watch(watcher);

        System.Stop(subject);

        Assert.Equal(watcher, (await probe.Expect<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task A_successor_of_the_same_name_is_another_actor()
    {
        var first = Actor((context, _) => context.Sender.Tell(1), "same");
        await Stopped(first);
        // Watchers learn of the end when the parent does, not after it.
        IActorRef? second = null;
        while (second is null)
        {
            try
            {
                second = Actor((context, _) => context.Sender.Tell(2), "same");
            }
            catch (InvalidActorNameException)
            {
                await Task.Yield();
            }
        }

        Assert.NotEqual(first, second);
        Assert.Equal(first.Path, second.Path);
        Assert.Equal(2, await System.ActorSelection("/user/same").Ask<int>("who", Patience));
        await Assert.ThrowsAsync<AskTimeoutException>(() => first.Ask<int>("who", TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task What_is_sent_to_the_dead_is_a_dead_letter()
    {
        var probe = NewProbe();
        System.EventStream.Subscribe(probe.Ref, typeof(DeadLetter));
        var gone = Actor((_, _) => { });
        await Stopped(gone);

        gone.Tell("anyone?", probe.Ref);

        var letter = await probe.Expect<DeadLetter>();
        Assert.Equal("anyone?", letter.Message);
        Assert.Equal(gone, letter.Recipient);
        Assert.Equal(probe.Ref, letter.Sender);
    }

    [Fact]
    public async Task What_was_waiting_when_an_actor_ended_is_a_dead_letter()
    {
        var probe = NewProbe();
        System.EventStream.Subscribe(probe.Ref, typeof(DeadLetter));
        using var gate = new ManualResetEventSlim();
        var busy = Actor((context, _) =>
        {
            gate.Wait();
            context.Stop(context.Self);
        });

        busy.Tell("last");
        busy.Tell("too late");
        gate.Set();

        Assert.Equal("too late", (await probe.Expect<DeadLetter>()).Message);
    }

    [Fact]
    public async Task An_unhandled_message_is_published()
    {
        var probe = NewProbe();
        System.EventStream.Subscribe(probe.Ref, typeof(UnhandledMessage));
        var actor = System.ActorOf(Props.Create(() => new Heartbroken(probe.Ref)));

        actor.Tell(3.5, probe.Ref);

        var unhandled = await probe.Expect<UnhandledMessage>();
        Assert.Equal(3.5, unhandled.Message);
        Assert.Equal(actor, unhandled.Recipient);
    }

    public sealed class Heartbroken : ReceiveActor
    {
        public Heartbroken(IActorRef subject)
        {
            Context.Watch(subject);
            Receive<string>(text => Sender.Tell(text));
        }
    }
}
