using System.Threading.Channels;
using Akka.Actor;

namespace Dfs.Tests.Kit;

/// <summary>An actor whose mail a test reads, one message after the other.</summary>
internal sealed class Probe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<(object Message, IActorRef Sender)> _mail = Channel.CreateUnbounded<(object, IActorRef)>();
    private IActorRef _lastSender = ActorRefs.Nobody;

    public Probe(ActorSystem system)
    {
        var mail = _mail.Writer;
        Ref = system.ActorOf(Props.Create(() => new Collector(mail)));
    }

    public IActorRef Ref { get; }

    /// <summary>Of the message that was taken last.</summary>
    public IActorRef LastSender => _lastSender;

    /// <summary>The next message of that kind; others before it are dropped.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? which = null)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            (var message, _lastSender) = await _mail.Reader.ReadAsync(timeout.Token);
            if (message is T wanted && which?.Invoke(wanted) != false)
            {
                return wanted;
            }
        }
    }

    /// <summary>To who sent what was read last.</summary>
    public void Reply(object message) => _lastSender.Tell(message, Ref);

    /// <summary>Drops what has come so far.</summary>
    public void Drain()
    {
        while (_mail.Reader.TryRead(out _))
        {
            // Nobody asks for it.
        }
    }

    public async Task NothingComesAsync(TimeSpan within)
    {
        await Task.Delay(within);
        Assert.False(_mail.Reader.TryRead(out var mail), $"nothing comes, but {mail.Message}");
    }

    private sealed class Collector(ChannelWriter<(object, IActorRef)> mail) : UntypedActor
    {
        protected override void OnReceive(object message) => mail.TryWrite((message, Sender));
    }
}
