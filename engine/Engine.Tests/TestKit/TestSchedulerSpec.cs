using Akka.Actor;
using Akka.TestKit;

namespace Engine.Tests.TestKit;

public sealed class TestSchedulerSpec()
    : Akka.TestKit.Xunit2.TestKit("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void Time_stands_still_until_it_is_moved()
    {
        var start = Scheduler.Now;
        Scheduler.ScheduleTellOnce(Second, TestActor, "due", ActorRefs.NoSender);

        Scheduler.Advance(Second - Short);
        ExpectNoMsg(Short);
        Scheduler.Advance(Short);

        ExpectMsg("due");
        Assert.Equal(start + Second, Scheduler.Now);
    }

    [Fact]
    public void What_is_due_comes_in_order_of_time()
    {
        Scheduler.ScheduleTellOnce(2 * Second, TestActor, "second", ActorRefs.NoSender);
        Scheduler.ScheduleTellOnce(Second, TestActor, "first", ActorRefs.NoSender);
        Scheduler.Advance(3 * Second);

        ExpectMsg("first");
        ExpectMsg("second");
    }

    [Fact]
    public void What_repeats_comes_once_per_interval()
    {
        var cancelable = Scheduler.ScheduleTellRepeatedlyCancelable(Second, Second, TestActor, "tick", ActorRefs.NoSender);

        for (var i = 0; i < 3; i++)
        {
            Scheduler.Advance(Second);
            ExpectMsg("tick");
        }

        cancelable.Cancel();
        Scheduler.Advance(Second);
        ExpectNoMsg(Short);
    }

    [Fact]
    public void The_timers_of_actors_follow()
    {
        Sys.ActorOf(Props.Create(() => new Ticking(TestActor)));
        ExpectMsg("started");

        Scheduler.Advance(Second);
        ExpectMsg("tick");
        Scheduler.Advance(Second);
        ExpectMsg("tick");
        ExpectNoMsg(Short);
    }

    private sealed class Ticking : UntypedActor, IWithTimers
    {
        private readonly IActorRef _target;

        public Ticking(IActorRef target) => _target = target;

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Timers.StartPeriodicTimer("tick", "tick", Second);
            _target.Tell("started");
        }

        protected override void OnReceive(object message) => _target.Tell(message);
    }
}
