using Akka.Actor;

namespace Engine.Tests.Actor;

public class ReceiveActorTests : ActorTest
{
    [Fact]
    public async Task The_first_handler_that_fits_takes_the_message()
    {
        var actor = System.ActorOf(Props.Create(() => new Matching()));

        Assert.Equal("small", await actor.Ask<string>(3, Patience));
        Assert.Equal("number", await actor.Ask<string>(30, Patience));
        Assert.Equal("text", await actor.Ask<string>("x", Patience));
        Assert.Equal("any", await actor.Ask<string>(2.5, Patience));
    }

    [Fact]
    public async Task Nothing_may_be_declared_after_a_handler_for_everything()
    {
        var probe = NewProbe();
        System.ActorOf(Props.Create(() => new Overdeclared(probe.Ref)));

        await probe.Expect<InvalidOperationException>();
    }

    [Fact]
    public async Task The_next_message_waits_for_an_asynchronous_handler()
    {
        var probe = NewProbe();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = System.ActorOf(Props.Create(() => new Waiting(gate.Task)));

        actor.Tell("wait", probe.Ref);
        actor.Tell("next", probe.Ref);
        await probe.Expect("waiting");
        await probe.ExpectNothing();
        gate.SetResult();

        await probe.ExpectAll("waited", "next");
        Assert.Equal(actor, probe.LastSender);
    }

    [Fact]
    public async Task An_asynchronous_failure_is_supervised_like_any_other()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new FailingLater(probe.Ref)));

        actor.Tell("fail");
        actor.Tell("after");

        await probe.ExpectAll("restarting after late by fail", "after");
    }

    [Fact]
    public async Task Many_awaits_in_many_actors_keep_each_actors_order()
    {
        var actors = Enumerable.Range(0, 20)
            .Select(_ => System.ActorOf(Props.Create(() => new Yielding()))).ToList();
        for (var i = 0; i < 100; i++)
        {
            actors.ForEach(actor => actor.Tell(i));
        }

        foreach (var actor in actors)
        {
            Assert.Equal(Enumerable.Range(0, 100), await actor.Ask<IReadOnlyList<int>>("all", Patience));
        }
    }

    [Fact]
    public async Task A_behaviour_is_replaced()
    {
        var actor = System.ActorOf(Props.Create(() => new Changing()));

        Assert.Equal("first", await actor.Ask<string>("?", Patience));
        actor.Tell("replace");
        Assert.Equal("second", await actor.Ask<string>("?", Patience));
        actor.Tell("back");
        Assert.Equal("first", await actor.Ask<string>("?", Patience));
    }

    public sealed class Matching : ReceiveActor
    {
        public Matching()
        {
            Receive<int>(number => number < 10, _ => Sender.Tell("small"));
            Receive<int>(_ => Sender.Tell("number"));
            Receive<string>(_ => Sender.Tell("text"), text => text.Length > 0);
            ReceiveAny(_ => Sender.Tell("any"));
        }
    }

    public sealed class Overdeclared : ReceiveActor
    {
        public Overdeclared(IActorRef probe)
        {
            ReceiveAny(_ => { });
            try
            {
                Receive<string>(_ => { });
            }
            catch (InvalidOperationException exception)
            {
                probe.Tell(exception);
            }
        }
    }

    public sealed class Waiting : ReceiveActor
    {
        public Waiting(Task gate)
        {
            ReceiveAsync<string>(text => text == "wait", async _ =>
            {
                Sender.Tell("waiting");
                await gate;
                await Task.Yield();
                Sender.Tell("waited");
            });
            Receive<string>(text => Sender.Tell(text));
        }
    }

    public sealed class FailingLater : ReceiveActor
    {
        private readonly IActorRef _probe;

        public FailingLater(IActorRef probe)
        {
            _probe = probe;
            ReceiveAsync<string>(text => text == "fail", async _ =>
            {
                await Task.Delay(5);
                throw new InvalidOperationException("late");
            });
            Receive<string>(text => probe.Tell(text));
        }

        protected override void PreRestart(Exception reason, object message) =>
            _probe.Tell($"restarting after {reason.Message} by {message}");
    }

    public sealed class Yielding : ReceiveActor
    {
        private readonly List<int> _got = [];

        public Yielding()
        {
            ReceiveAsync<int>(async number =>
            {
                await Task.Yield();
                _got.Add(number);
                await Task.Yield();
            });
            Receive<string>(_ => Sender.Tell(_got));
        }
    }

    public sealed class Changing : ReceiveActor
    {
        public Changing() => First();

        private void First()
        {
            Receive<string>(text => text == "replace", _ => Become(Second));
            Receive<string>(_ => Sender.Tell("first"));
        }

        private void Second()
        {
            Receive<string>(text => text == "back", _ => Become(First));
            Receive<string>(_ => Sender.Tell("second"));
        }
    }
}
