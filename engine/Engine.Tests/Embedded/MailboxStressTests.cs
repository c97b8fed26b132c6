using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Engine.Tests.Embedded;

/// <summary>What the embedded mailboxes promise beyond Akka.NET's, whose late messages to a closing mailbox may vanish.</summary>
public class MailboxStressTests
{
    private const int Tellers = 4;
    private const int MessagesPerTeller = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Property: whatever the interleaving of telling and ending, each message is handled or becomes one dead letter.
    [Theory]
    [InlineData("")]
    [InlineData("deque")]
    public async Task No_message_is_lost_when_its_receiver_ends_meanwhile(string mailbox)
    {
        using var system = ActorSystem.Create("stress", ConfigurationFactory.ParseString("""
            akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off }
            deque { mailbox-type = "Akka.Dispatch.UnboundedDequeBasedMailbox, Akka" }
            """));
        var count = new CountdownEvent(Tellers * MessagesPerTeller);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new LetterCounter(count))), typeof(DeadLetter));
        var props = Props.Create(() => new Mortal(count)).WithMailbox(mailbox);
        var current = system.ActorOf(props);

        var tellers = Enumerable.Range(0, Tellers).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < MessagesPerTeller; i++)
            {
                Volatile.Read(ref current).Tell(i, ActorRefs.NoSender);
            }
        })).ToList();
        while (!tellers.All(teller => teller.IsCompleted))
        {
            system.Stop(Interlocked.Exchange(ref current, system.ActorOf(props)));
            await Task.Yield();
        }

        Assert.True(count.Wait(Patience), $"{count.CurrentCount} messages were lost");
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task No_message_is_lost_by_failures_and_restarts()
    {
        using var system = ActorSystem.Create("stress", ConfigurationFactory.ParseString(
            "akka { loglevel = OFF, stdout-loglevel = OFF }"));
        var count = new CountdownEvent(Tellers * MessagesPerTeller);
        var actor = system.ActorOf(Props.Create(() => new Failing(count)));

        await Task.WhenAll(Enumerable.Range(0, Tellers).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < MessagesPerTeller; i++)
            {
                actor.Tell(i, ActorRefs.NoSender);
            }
        })));

        Assert.True(count.Wait(Patience), $"{count.CurrentCount} messages were lost");
        await system.Terminate().WaitAsync(Patience);
    }

    public sealed class Mortal(CountdownEvent count) : UntypedActor
    {
        protected override void OnReceive(object message) => count.Signal();
    }

    public sealed class Failing(CountdownEvent count) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            count.Signal();
            if ((int)message % 10 == 0)
            {
                throw new InvalidOperationException("every tenth");
            }
        }
    }

    public sealed class LetterCounter(CountdownEvent count) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is DeadLetter { Message: int })
            {
                count.Signal();
            }
        }
    }
}
