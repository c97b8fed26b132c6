using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;

namespace Engine.Tests.Actor;

/// <summary>A quiet system for each test, and probes in it.</summary>
public abstract class ActorTest : IAsyncLifetime
{
    /// <summary>Longer than anything that works takes on a busy machine.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    protected ActorTest(string config = "") => System = ActorSystem.Create("test", ConfigurationFactory
        .ParseString(config + "\nakka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off }"));

    protected ActorSystem System { get; }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => System.Terminate().WaitAsync(Patience);

    protected Probe NewProbe() => new(System);

    /// <summary>An actor that keeps what it is told, in order, for the test to look at.</summary>
    protected sealed class Probe
    {
        private readonly Channel<(object Message, IActorRef Sender)> _got =
            Channel.CreateUnbounded<(object, IActorRef)>();

        public Probe(ActorSystem system)
        {
            var writer = _got.Writer;
            Ref = system.ActorOf(Props.Create(() => new Keeper(writer)));
        }

        public IActorRef Ref { get; }

        public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

        public async Task<T> Expect<T>()
        {
            using var limit = new CancellationTokenSource(Patience);
            var (message, sender) = await _got.Reader.ReadAsync(limit.Token);
            LastSender = sender;
            return Assert.IsType<T>(message, exactMatch: false);
        }

        public async Task Expect(object expected) => Assert.Equal(expected, await Expect<object>());

        public async Task ExpectAll(params object[] expected)
        {
            foreach (var one in expected)
            {
                await Expect(one);
            }
        }

        public async Task ExpectNothing(int milliseconds = 50)
        {
            await Task.Delay(milliseconds);
            Assert.False(_got.Reader.TryPeek(out var unexpected), $"got {unexpected.Message}");
        }

        public void Watch(IActorRef subject) => Ref.Tell(new WatchThis(subject));
    }

    private sealed record WatchThis(IActorRef Subject);

    public sealed class Keeper(ChannelWriter<(object Message, IActorRef Sender)> got) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is WatchThis watch)
            {
                Context.Watch(watch.Subject);
            }
            else
            {
                got.TryWrite((message, Sender));
            }
        }
    }

    /// <summary>Behaves as the test says.</summary>
    public sealed class Scripted(Action<IUntypedActorContext, object> onReceive) : UntypedActor
    {
        protected override void OnReceive(object message) => onReceive(Context, message);
    }

    protected static Props Script(Action<IUntypedActorContext, object> onReceive) =>
        Props.Create(() => new Scripted(onReceive));

    /// <summary>Ends when the actor has.</summary>
    protected async Task Stopped(IActorRef actor)
    {
        var probe = NewProbe();
        probe.Watch(actor);
        actor.Tell(PoisonPill.Instance);
        await probe.Expect<Terminated>();
    }

    protected IActorRef Actor(Action<IUntypedActorContext, object> onReceive, string? name = null) =>
        System.ActorOf(Script(onReceive), name);
}
