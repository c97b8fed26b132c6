using Akka.Actor;

namespace Engine.Tests.Actor;

public class StashAndTimerTests : ActorTest
{
    [Fact]
    public async Task Stashed_messages_come_back_in_order_before_newer_ones()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Opening(probe.Ref)));

        actor.Tell(1);
        actor.Tell(2);
        actor.Tell("open");
        actor.Tell(3);

        await probe.ExpectAll(1, 2, 3);
    }

    [Fact]
    public async Task Stashed_messages_survive_a_restart()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Opening(probe.Ref)));

        actor.Tell(1);
        actor.Tell("fail");
        actor.Tell("open");

        await probe.Expect(1);
    }

    [Fact]
    public async Task A_single_timer_fires_once_and_a_periodic_one_until_cancelled()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Timed(probe.Ref)));

        actor.Tell("single");
        await probe.ExpectAll("once", false);
        actor.Tell("periodic");
        await probe.ExpectAll("again", "again", "again");
        actor.Tell("cancel");
        await probe.Expect("cancelled");
        await probe.ExpectNothing(60);
    }

    [Fact]
    public async Task A_replaced_timer_is_silent_even_when_its_message_lies_in_the_mailbox()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Timed(probe.Ref)));

        actor.Tell("race");

        await probe.Expect("second");
        await probe.ExpectNothing(60);
    }

    [Fact]
    public async Task Timers_end_with_their_instance()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Timed(probe.Ref)));

        actor.Tell("start and fail");

        await probe.ExpectNothing(80);
        actor.Tell("active");
        await probe.Expect(0);
    }

    [Fact]
    public async Task The_scheduler_tells_once_repeatedly_and_not_after_cancelling()
    {
        var probe = NewProbe();

        System.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(20), probe.Ref, "once", ActorRefs.NoSender);
        await probe.Expect("once");
        var repeated = System.Scheduler.ScheduleTellRepeatedlyCancelable(
            TimeSpan.Zero, TimeSpan.FromMilliseconds(10), probe.Ref, "again", ActorRefs.NoSender);
        await probe.ExpectAll("again", "again");
        repeated.Cancel();
        System.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(50), () => probe.Ref.Tell("action"), null);

        while (await probe.Expect<string>() != "action")
        {
            // What was on its way when it was cancelled.
        }

        await probe.ExpectNothing();
    }

    public sealed class Opening : ReceiveActor, IWithUnboundedStash
    {
        public Opening(IActorRef probe)
        {
            Receive<int>(_ => Stash.Stash());
            Receive<string>(text => text == "fail", _ => throw new InvalidOperationException());
            Receive<string>(_ =>
            {
                Become(() => Receive<int>(number => probe.Tell(number)));
                Stash.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;
    }

    public sealed class Timed(IActorRef probe) : UntypedActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "single":
                    Timers.StartSingleTimer("key", "once", TimeSpan.FromMilliseconds(10));
                    break;
                case "once":
                    probe.Tell("once");
                    probe.Tell(Timers.IsTimerActive("key"));
                    break;
                case "periodic":
                    Timers.StartPeriodicTimer("key", "again", TimeSpan.FromMilliseconds(10));
                    break;
                case "cancel":
                    Timers.Cancel("key");
                    probe.Tell("cancelled");
                    break;
                case "race":
                    // The first one's message is in the mailbox when the second takes the key.
                    Timers.StartSingleTimer("key", "first", TimeSpan.FromMilliseconds(1));
                    Thread.Sleep(60);
                    Timers.StartSingleTimer("key", "second", TimeSpan.FromMilliseconds(1));
                    break;
                case "start and fail":
                    Timers.StartPeriodicTimer("key", "again", TimeSpan.FromMilliseconds(10));
                    throw new InvalidOperationException();
                case "active":
                    probe.Tell(Timers.IsTimerActive("key") ? 1 : 0);
                    break;
                default:
                    probe.Tell(message);
                    break;
            }
        }
    }
}
