using Akka.Actor;
using Akka.Dispatch;
using Engine.Tests.Actor;

namespace Engine.Tests.Embedded;

/// <summary>A restart in the middle of an asynchronous receive, which Akka.NET leaves open.</summary>
public class RestartWhileWaitingTests : ActorTest
{
    [Fact]
    public async Task An_actor_that_is_restarted_while_it_waits_goes_on_with_its_next_message_when_it_has_waited()
    {
        var probe = NewProbe();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = System.ActorOf(Props.Create(() => new Preparing(probe.Ref, gate.Task)));
        await probe.Expect("prepared");

        actor.Tell("wait");
        await probe.Expect("waiting");
        ((IInternalActorRef)actor).Suspend();
        ((IInternalActorRef)actor).Restart(new InvalidOperationException());
        actor.Tell("hello");
        await probe.Expect("prepared");
        await probe.ExpectNothing();
        gate.SetResult();

        await probe.ExpectAll("waited", "hello");
    }

    public sealed class Preparing : ReceiveActor
    {
        private readonly IActorRef _probe;

        public Preparing(IActorRef probe, Task gate)
        {
            _probe = probe;
            ReceiveAsync<string>(text => text == "wait", async _ =>
            {
                probe.Tell("waiting");
                await gate;
                probe.Tell("waited");
            });
            Receive<string>(text => probe.Tell(text));
        }

        protected override void PreStart() => ActorTaskScheduler.RunTask(async () =>
        {
            await Task.Yield();
            _probe.Tell("prepared");
        });
    }
}
