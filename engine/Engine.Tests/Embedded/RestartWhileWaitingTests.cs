using Akka.Actor;
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
        var parent = System.ActorOf(Props.Create(() => new Siblings(probe.Ref, gate.Task))
            .WithSupervisorStrategy(new AllForOneStrategy(_ => Directive.Restart)));
        await probe.Expect("prepared");

        parent.Tell("wait");
        await probe.Expect("waiting");
        parent.Tell("fail the other");
        parent.Tell("hello");
        await probe.Expect("prepared");
        await probe.ExpectNothing();
        gate.SetResult();

        await probe.ExpectAll("waited", "hello");
    }

    public sealed class Siblings : UntypedActor
    {
        private readonly IActorRef _waiting;
        private readonly IActorRef _failing = Context.ActorOf(Script((_, _) => throw new InvalidOperationException()));

        public Siblings(IActorRef probe, Task gate) =>
            _waiting = Context.ActorOf(Props.Create(() => new Preparing(probe, gate)));

        protected override void OnReceive(object message) =>
            (message is "fail the other" ? _failing : _waiting).Tell(message);
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

        protected override void PreStart() => RunTask(async () =>
        {
            await Task.Yield();
            _probe.Tell("prepared");
        });
    }
}
