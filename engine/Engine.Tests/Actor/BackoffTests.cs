using Akka.Actor;
using Akka.Pattern;

namespace Engine.Tests.Actor;

public class BackoffTests : ActorTest
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_child_that_stops_is_started_again_until_its_retries_are_used_up()
    {
        var probe = NewProbe();
        var supervisor = System.ActorOf(BackoffSupervisor.Props(
            Backoff.OnStop(Child(probe), "child", Short, Short * 4, 0, 2).WithManualReset()));
        probe.Watch(supervisor);

        for (var life = 0; life < 3; life++)
        {
            await probe.Expect("starts");
            supervisor.Tell("stop");
        }

        Assert.Equal(supervisor, (await probe.Expect<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task A_child_that_fails_is_started_again_after_the_delay()
    {
        var probe = NewProbe();
        var supervisor = System.ActorOf(BackoffSupervisor.Props(
            Backoff.OnFailure(Child(probe), "child", Short, Short * 4, 0, -1)));

        await probe.Expect("starts");
        supervisor.Tell("fail");
        await probe.Expect("starts");
        supervisor.Tell("hello", probe.Ref);

        await probe.Expect("child got hello");
    }

    [Fact]
    public async Task The_child_and_the_count_can_be_asked_for()
    {
        var probe = NewProbe();
        var supervisor = System.ActorOf(BackoffSupervisor.Props(
            Backoff.OnStop(Child(probe), "child", Short, Short, 0, -1).WithManualReset()));
        await probe.Expect("starts");

        var current = await supervisor.Ask<BackoffSupervisor.CurrentChild>(BackoffSupervisor.GetCurrentChild.Instance, Patience);
        supervisor.Tell("stop");
        await probe.Expect("starts");
        var count = await supervisor.Ask<BackoffSupervisor.RestartCount>(BackoffSupervisor.GetRestartCount.Instance, Patience);
        supervisor.Tell(BackoffSupervisor.Reset.Instance);
        var reset = await supervisor.Ask<BackoffSupervisor.RestartCount>(BackoffSupervisor.GetRestartCount.Instance, Patience);

        Assert.Equal("child", current.Ref.Path.Name);
        Assert.Equal((1, 0), (count.Count, reset.Count));
    }

    private static Props Child(Probe probe)
    {
        var told = probe.Ref;
        return Props.Create(() => new Restarted(told));
    }

    public sealed class Restarted(IActorRef probe) : UntypedActor
    {
        protected override void PreStart() => probe.Tell("starts");

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "stop": Context.Stop(Self); break;
                case "fail": throw new InvalidOperationException("broken");
                default: Sender.Tell("child got " + message); break;
            }
        }
    }
}
