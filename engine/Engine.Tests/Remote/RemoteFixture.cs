using System.Threading.Channels;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote;

namespace Engine.Tests.Remote;

/// <summary>Systems on loopback with ports of the operating system's choice; all end with the test.</summary>
public abstract class RemoteFixture : IAsyncLifetime
{
    /// <summary>Far more than anything here takes; a test that needs it has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<ActorSystem> _systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Task.WhenAll(_systems.Select(system => system.Terminate()));

    protected ActorSystem Start(string name = "sys", int port = 0, string settings = "")
    {
        var system = ActorSystem.Create(name, Settings(port, settings));
        _systems.Add(system);
        return system;
    }

    protected ActorSystem Start(string name, ActorSystemSetup setup)
    {
        var system = ActorSystem.Create(name, setup);
        _systems.Add(system);
        return system;
    }

    protected static Config Settings(int port = 0, string settings = "") => ConfigurationFactory.ParseString(settings)
        .WithFallback(ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              log-dead-letters = off
              coordinated-shutdown.run-by-clr-shutdown-hook = off
              actor.provider = remote
              remote {
                dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
                retry-gate-closed-for = 200 ms
                watch-failure-detector {
                  heartbeat-interval = 100 ms
                  acceptable-heartbeat-pause = 500 ms
                  unreachable-nodes-reaper-interval = 100 ms
                  expected-response-after = 200 ms
                }
              }
            }
            """));

    protected static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    protected static void Quarantine(ActorSystem system, ActorSystem peer) =>
        ((IRemoteActorRefProvider)((ExtendedActorSystem)system).Provider)
            .Quarantine(AddressOf(peer), AddressUidExtension.Uid(peer));

    /// <summary>The actor of another system, as this one sees it.</summary>
    protected static Task<IActorRef> ResolveAsync(ActorSystem from, IActorRef actor, ActorSystem home) =>
        from.ActorSelection(new RootActorPath(AddressOf(home)) / actor.Path.Elements).ResolveOne(Patience);

    protected static IActorRef Echo(ActorSystem system, string name = "echo") => system.ActorOf(Props.Create(() => new EchoActor()), name);

    /// <summary>Ends when the actor, which is one of this system, has.</summary>
    protected static async Task StoppedAsync(ActorSystem system, IActorRef actor)
    {
        var watcher = Collect(system);
        watcher.Watch(actor);
        actor.Tell(PoisonPill.Instance);
        await watcher.NextAsync<Terminated>();
    }

    protected static Collector Collect(ActorSystem system, params Type[] events)
    {
        var channel = Channel.CreateUnbounded<(object, IActorRef)>();
        var actor = system.ActorOf(Props.Create(() => new CollectorActor(channel.Writer)));
        foreach (var type in events)
        {
            system.EventStream.Subscribe(actor, type);
        }

        return new Collector(actor, channel.Reader);
    }

    /// <summary>An actor whose messages the test reads.</summary>
    public sealed record Collector(IActorRef Actor, ChannelReader<(object Message, IActorRef Sender)> Messages)
    {
        public async Task<T> NextAsync<T>(Func<T, bool>? where = null)
        {
            using var limit = new CancellationTokenSource(Patience);
            while (true)
            {
                var (message, _) = await Messages.ReadAsync(limit.Token);
                if (message is T wanted && (where == null || where(wanted)))
                {
                    return wanted;
                }
            }
        }

        /// <summary>Watches from this actor.</summary>
        public void Watch(IActorRef subject) => Actor.Tell(new WatchOrder(subject, true));

        public void Unwatch(IActorRef subject) => Actor.Tell(new WatchOrder(subject, false));
    }

    public sealed record WatchOrder(IActorRef Subject, bool On);

    public sealed class CollectorActor(ChannelWriter<(object Message, IActorRef Sender)> messages) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case WatchOrder { On: true } order: Context.Watch(order.Subject); break;
                case WatchOrder order: Context.Unwatch(order.Subject); break;
                default: messages.TryWrite((message, Sender)); break;
            }
        }
    }

    public sealed class EchoActor : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is "fail")
            {
                Sender.Tell(new Status.Failure(new InvalidOperationException("as asked")));
                return;
            }

            Sender.Tell(message);
        }
    }
}
