using Akka.Actor;

namespace Engine.Tests.Actor;

public class SupervisionTests : ActorTest
{
    [Fact]
    public async Task A_restart_keeps_the_mailbox_and_loses_the_state()
    {
        var probe = NewProbe();
        var parent = Parent(probe, new OneForOneStrategy(_ => Directive.Restart));
        var child = await ChildOf(parent, "child");

        child.Tell(1);
        child.Tell(2);
        child.Tell(new InvalidOperationException("broken"));
        child.Tell(3);
        child.Tell("sum");

        await probe.ExpectAll(
            "child starts", "child pre-restart broken InvalidOperationException", "child stops", "child post-restart broken", "child starts", 3);
    }

    [Fact]
    public async Task Resume_goes_on_with_the_state()
    {
        var probe = NewProbe();
        var parent = Parent(probe, new OneForOneStrategy(_ => Directive.Resume));
        var child = await ChildOf(parent, "child");

        child.Tell(1);
        child.Tell(new InvalidOperationException("broken"));
        child.Tell(2);
        child.Tell("sum");

        await probe.ExpectAll("child starts", 3);
    }

    [Fact]
    public async Task Stop_ends_the_child_and_tells_its_watcher_once()
    {
        var probe = NewProbe();
        var parent = Parent(probe, new OneForOneStrategy(_ => Directive.Stop));
        var child = await ChildOf(parent, "child");
        await probe.Expect("child starts");
        probe.Watch(child);

        child.Tell(new InvalidOperationException("broken"));

        await probe.Expect("child stops");
        Assert.Equal(child, (await probe.Expect<Terminated>()).ActorRef);
        await probe.ExpectNothing();
    }

    [Fact]
    public async Task Escalate_makes_the_parent_fail_with_the_cause()
    {
        var probe = NewProbe();
        var grandparent = Parent(probe, new OneForOneStrategy(cause =>
        {
            probe.Ref.Tell("decided on " + cause.Message);
            return Directive.Restart;
        }));
        var parent = await grandparent.Ask<IActorRef>(
            new Make(ParentProps(probe, new OneForOneStrategy(_ => Directive.Escalate)), "parent"), Patience);
        var child = await ChildOf(parent, "child");
        await probe.Expect("child starts");

        child.Tell(new InvalidOperationException("broken"));

        await probe.ExpectAll("decided on broken", "child stops");
        await ChildOf(parent, "child");
        await probe.Expect("child starts");
    }

    [Fact]
    public async Task A_child_that_fails_too_often_is_stopped()
    {
        var probe = NewProbe();
        var parent = Parent(NewProbe(), new OneForOneStrategy(2, TimeSpan.FromMinutes(1), _ => Directive.Restart));
        var child = await parent.Ask<IActorRef>(new Make(Props.Create(() => new Summing(NewProbe().Ref)), "child"), Patience);
        probe.Watch(child);

        for (var i = 0; i < 3; i++)
        {
            child.Tell(new InvalidOperationException("broken"));
        }

        await probe.Expect<Terminated>();
    }

    [Fact]
    public async Task An_actor_whose_constructor_throws_is_stopped()
    {
        var probe = NewProbe();
        var broken = System.ActorOf(Props.Create(() => new Unmakeable()));

        probe.Watch(broken);

        Assert.Equal(broken, (await probe.Expect<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task Children_have_ended_before_the_new_instance_starts()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Restarting(probe.Ref)));
        await probe.ExpectAll("parent starts", "child starts");

        actor.Tell(new InvalidOperationException("broken"));

        await probe.ExpectAll("child stops", "parent starts", "child starts");
    }

    [Fact]
    public async Task Kill_ends_an_actor_and_poison_lets_it_finish()
    {
        var probe = NewProbe();
        var killed = System.ActorOf(Props.Create(() => new Summing(NewProbe().Ref)));
        var poisoned = System.ActorOf(Props.Create(() => new Summing(probe.Ref)), "poisoned");
        await probe.Expect("poisoned starts");
        probe.Watch(killed);

        killed.Tell(Kill.Instance);
        await probe.Expect<Terminated>();
        poisoned.Tell(4);
        poisoned.Tell("sum");
        poisoned.Tell(PoisonPill.Instance);

        await probe.ExpectAll(4, "poisoned stops");
    }

    [Fact]
    public async Task A_second_failure_while_restarting_children_does_not_lose_messages()
    {
        var probe = NewProbe();
        var parent = Parent(NewProbe(), new OneForOneStrategy(_ => Directive.Restart));
        var child = await parent.Ask<IActorRef>(new Make(Props.Create(() => new Summing(probe.Ref)), "child"), Patience);
        await probe.Expect("child starts");

        for (var i = 0; i < 200; i++)
        {
            child.Tell(i % 2 == 0 ? "sum" : new InvalidOperationException(i.ToString()));
        }

        var sums = 0;
        while (sums < 100)
        {
            sums += await probe.Expect<object>() is int ? 1 : 0;
        }
    }

    private IActorRef Parent(Probe probe, SupervisorStrategy strategy) => System.ActorOf(ParentProps(probe, strategy));

    private static Props ParentProps(Probe probe, SupervisorStrategy strategy) =>
        Props.Create(() => new Supervising(probe.Ref)).WithSupervisorStrategy(strategy);

    private static Task<IActorRef> ChildOf(IActorRef parent, string name) => parent.Ask<IActorRef>(name, Patience);

    private sealed record Make(Props Props, string Name);

    public sealed class Supervising(IActorRef probe) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Make make: Sender.Tell(Context.ActorOf(make.Props, make.Name)); break;
                case string name: Sender.Tell(Context.ActorOf(Props.Create(() => new Summing(probe)), name)); break;
            }
        }
    }

    public sealed class Summing(IActorRef probe) : UntypedActor
    {
        private int _sum;

        protected override void PreStart() => probe.Tell($"{Self.Path.Name} starts");

        protected override void PostStop() => probe.Tell($"{Self.Path.Name} stops");

        protected override void PreRestart(Exception reason, object message)
        {
            probe.Tell($"{Self.Path.Name} pre-restart {reason.Message} {message?.GetType().Name ?? "null"}");
            base.PreRestart(reason, message!);
        }

        protected override void PostRestart(Exception reason)
        {
            probe.Tell($"{Self.Path.Name} post-restart {reason.Message}");
            base.PostRestart(reason);
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case int number: _sum += number; break;
                case "sum": probe.Tell(_sum); break;
                case Exception exception: throw exception;
            }
        }
    }

    public sealed class Unmakeable : UntypedActor
    {
        public Unmakeable() => throw new InvalidOperationException("no");

        protected override void OnReceive(object message) => Unhandled(message);
    }

    public sealed class Restarting(IActorRef probe) : UntypedActor
    {
        protected override void PreStart()
        {
            probe.Tell("parent starts");
            Context.ActorOf(Props.Create(() => new Summing(probe)), "child");
        }

        protected override void OnReceive(object message) => throw (Exception)message;
    }
}
