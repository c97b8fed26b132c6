using System.Collections.Concurrent;
using Akka.Actor;

namespace Engine.Tests.Actor;

/// <summary>The first promises: delivery in order, stopping, and the end of a system.</summary>
public class TellTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Messages_of_one_sender_arrive_in_their_order()
    {
        using var system = ActorSystem.Create("order");
        var collector = system.ActorOf(Props.Create(() => new Collector(10_000)), "collector");

        for (var i = 0; i < 10_000; i++)
        {
            collector.Tell(i);
        }

        var got = await collector.Ask<IReadOnlyList<int>>("all", Patience);
        Assert.Equal(Enumerable.Range(0, 10_000), got);
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_system_ends_when_its_actors_have()
    {
        var system = ActorSystem.Create("ends");
        var stopped = new ConcurrentQueue<string>();
        system.ActorOf(Props.Create(() => new Family(stopped)), "parent");

        await system.Terminate().WaitAsync(Patience);

        Assert.True(system.WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal(["child", "parent"], stopped);
    }

    [Fact]
    public async Task Two_systems_of_one_name_live_side_by_side()
    {
        var first = ActorSystem.Create("twin");
        var second = ActorSystem.Create("twin");
        var echo = second.ActorOf(Props.Create(() => new Echo()));

        await first.Terminate().WaitAsync(Patience);

        Assert.Equal("still here", await echo.Ask<string>("still here", Patience));
        await second.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_name_is_taken_until_its_actor_has_ended()
    {
        var system = ActorSystem.Create("names");
        system.ActorOf(Props.Create(() => new Echo()), "one");

        Assert.Throws<InvalidActorNameException>(() => system.ActorOf(Props.Create(() => new Echo()), "one"));
        Assert.Throws<InvalidActorNameException>(() => system.ActorOf(Props.Create(() => new Echo()), "a/b"));
        await system.Terminate().WaitAsync(Patience);
    }

    public sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    public sealed class Collector : ReceiveActor
    {
        private readonly List<int> _got = [];

        public Collector(int count)
        {
            Receive<int>(_got.Add);
            Receive<string>(_ => _got.Count == count, _ => Sender.Tell(_got));
        }
    }

    public sealed class Family(ConcurrentQueue<string> stopped) : UntypedActor
    {
        protected override void PreStart() => Context.ActorOf(Props.Create(() => new Member(stopped)));

        protected override void PostStop() => stopped.Enqueue("parent");

        protected override void OnReceive(object message) => Unhandled(message);
    }

    public sealed class Member(ConcurrentQueue<string> stopped) : UntypedActor
    {
        protected override void PostStop() => stopped.Enqueue("child");

        protected override void OnReceive(object message) => Unhandled(message);
    }
}
