using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Engine.Tests.Actor;

public class MailboxAndDispatcherTests() : ActorTest("""
    small { mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka", mailbox-capacity = 2, mailbox-push-timeout-time = 0s }
    small-deque { mailbox-type = "Akka.Dispatch.BoundedDequeBasedMailbox, Akka", mailbox-capacity = 100, mailbox-push-timeout-time = 0s }
    urgent-first { mailbox-type = "Engine.Tests.Actor.MailboxAndDispatcherTests+UrgentFirst, Engine.Tests" }
    disk { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool { thread-count = 2 } }
    pinned { type = PinnedDispatcher }
    akka.actor.deployment { /configured { mailbox = small } }
    """)
{
    [Fact]
    public async Task What_does_not_fit_into_a_bounded_mailbox_is_a_dead_letter()
    {
        var probe = NewProbe();
        System.EventStream.Subscribe(probe.Ref, typeof(DeadLetter));
        using var gate = new ManualResetEventSlim();
        using var busy = new ManualResetEventSlim();
        var actor = System.ActorOf(Blocking(busy, gate).WithMailbox("small"));
        actor.Tell(0);
        busy.Wait();

        for (var i = 1; i <= 4; i++)
        {
            actor.Tell(i);
        }

        Assert.Equal(3, (await probe.Expect<DeadLetter>()).Message);
        Assert.Equal(4, (await probe.Expect<DeadLetter>()).Message);
        gate.Set();
    }

    [Fact]
    public async Task A_mailbox_can_be_given_to_a_path_by_the_configuration()
    {
        var probe = NewProbe();
        System.EventStream.Subscribe(probe.Ref, typeof(DeadLetter));
        using var gate = new ManualResetEventSlim();
        using var busy = new ManualResetEventSlim();
        var actor = System.ActorOf(Blocking(busy, gate), "configured");
        actor.Tell(0);
        busy.Wait();

        for (var i = 1; i <= 3; i++)
        {
            actor.Tell(i);
        }

        Assert.Equal(3, (await probe.Expect<DeadLetter>()).Message);
        gate.Set();
    }

    [Fact]
    public async Task Lower_priority_numbers_go_first_and_equal_ones_keep_their_order()
    {
        var probe = NewProbe();
        using var gate = new ManualResetEventSlim();
        using var busy = new ManualResetEventSlim();
        var actor = System.ActorOf(Script((_, message) =>
        {
            probe.Ref.Tell(message);
            busy.Set();
            gate.Wait();
        }).WithMailbox("urgent-first"));
        actor.Tell("hold");
        busy.Wait();

        foreach (var message in new[] { "slow 1", "slow 2", "urgent 1", "slow 3", "urgent 2" })
        {
            actor.Tell(message);
        }

        gate.Set();
        await probe.ExpectAll("hold", "urgent 1", "urgent 2", "slow 1", "slow 2", "slow 3");
    }

    [Fact]
    public async Task A_stash_works_with_a_bounded_mailbox()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Stashing(probe.Ref)).WithMailbox("small-deque"));

        actor.Tell(1);
        actor.Tell("open");
        actor.Tell(2);

        await probe.ExpectAll(1, 2);
    }

    [Fact]
    public void A_stash_needs_a_mailbox_with_a_front()
    {
        Assert.ThrowsAny<Exception>(() => System.ActorOf(
            Props.Create(() => new Stashing(ActorRefs.Nobody)).WithMailbox("small")));
    }

    [Fact]
    public void A_mailbox_or_dispatcher_that_is_not_configured_is_refused()
    {
        var props = Props.Create(() => new Stashing(ActorRefs.Nobody));

        Assert.ThrowsAny<Exception>(() => System.ActorOf(props.WithMailbox("no-such")));
        Assert.ThrowsAny<ConfigurationException>(() => System.ActorOf(props.WithDispatcher("no-such")));
    }

    [Fact]
    public async Task A_dispatcher_with_two_threads_runs_two_actors_at_once_and_no_third()
    {
        var running = new ConcurrentQueue<int>();
        using var gate = new ManualResetEventSlim();
        using var two = new CountdownEvent(2);
        var actors = Enumerable.Range(0, 3).Select(_ => System.ActorOf(Script((context, message) =>
        {
            running.Enqueue(Environment.CurrentManagedThreadId);
            if (!two.IsSet)
            {
                two.Signal();
            }

            gate.Wait();
            context.Sender.Tell(message);
        }).WithDispatcher("disk"))).ToList();

        var answers = actors.Select(actor => actor.Ask<int>(1, Patience)).ToList();

        Assert.True(two.Wait(Patience));
        await Task.Delay(50);
        Assert.Equal(2, running.Count);
        gate.Set();
        await Task.WhenAll(answers);
        Assert.Equal(2, running.Distinct().Count());
    }

    [Fact]
    public async Task A_pinned_actor_stays_on_its_thread()
    {
        var threads = new ConcurrentDictionary<int, bool>();
        var actor = System.ActorOf(Script((context, message) =>
        {
            threads[Environment.CurrentManagedThreadId] = true;
            context.Sender.Tell(message);
        }).WithDispatcher("pinned"));

        for (var i = 0; i < 20; i++)
        {
            await actor.Ask<int>(i, Patience);
        }

        Assert.Single(threads);
    }

    private static Props Blocking(ManualResetEventSlim busy, ManualResetEventSlim gate) =>
        Script((_, _) =>
        {
            busy.Set();
            gate.Wait();
        });

    public sealed class UrgentFirst(Settings settings, Config config) : UnboundedStablePriorityMailbox(settings, config)
    {
        protected override int PriorityGenerator(object message) =>
            message is string text && text.StartsWith("urgent", StringComparison.Ordinal) ? 0 : 1;
    }

    public sealed class Stashing : ReceiveActor, IWithStash
    {
        public Stashing(IActorRef probe)
        {
            Receive<int>(_ => Stash.Stash());
            Receive<string>(_ =>
            {
                Become(() => Receive<int>(number => probe.Tell(number)));
                Stash.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;
    }
}
