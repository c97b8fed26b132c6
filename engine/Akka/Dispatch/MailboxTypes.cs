using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.MessageQueues;

namespace Akka.Dispatch;

/// <summary>Makes the queues of mailboxes; one instance per configured mailbox.</summary>
/// <remarks>A subclass has the public constructor (Settings, Config), by which the engine makes it.</remarks>
public abstract class MailboxType
{
    protected MailboxType(Settings settings, Config config)
    {
    }

    public abstract IMessageQueue Create(IActorRef owner, ActorSystem system);

    private protected static int CapacityOf(Config config)
    {
        var capacity = config.GetInt("mailbox-capacity", 0);
        return capacity > 0
            ? capacity
            : throw new ConfigurationException($"mailbox-capacity must be greater than 0, not {capacity}");
    }

    private protected static TimeSpan PushTimeoutOf(Config config) =>
        config.GetTimeSpan("mailbox-push-timeout-time", TimeSpan.FromSeconds(-1));
}

public sealed class UnboundedMailbox : MailboxType, IProducesMessageQueue<UnboundedMessageQueue>
{
    public UnboundedMailbox() : this(null, null)
    {
    }

    public UnboundedMailbox(Settings settings, Config config) : base(settings, config)
    {
    }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new UnboundedMessageQueue();
}

/// <summary>Keys: mailbox-capacity, mailbox-push-timeout-time (negative waits for ever).</summary>
public sealed class BoundedMailbox : MailboxType, IProducesMessageQueue<BoundedMessageQueue>
{
    public BoundedMailbox(Settings settings, Config config) : base(settings, config)
    {
        Capacity = CapacityOf(config);
        PushTimeout = PushTimeoutOf(config);
    }

    public int Capacity { get; }

    public TimeSpan PushTimeout { get; }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new BoundedMessageQueue(Capacity, PushTimeout);
}

/// <summary>For actors with a stash.</summary>
public sealed class UnboundedDequeBasedMailbox(Settings settings, Config config)
    : MailboxType(settings, config), IProducesMessageQueue<UnboundedDequeMessageQueue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new UnboundedDequeMessageQueue();
}

/// <summary>For actors with a stash and a limit; keys as <see cref="BoundedMailbox"/>.</summary>
public class BoundedDequeBasedMailbox : MailboxType, IProducesMessageQueue<BoundedDequeMessageQueue>
{
    public BoundedDequeBasedMailbox(Settings settings, Config config) : base(settings, config)
    {
        Capacity = CapacityOf(config);
        PushTimeout = PushTimeoutOf(config);
    }

    public int Capacity { get; }

    public TimeSpan PushTimeout { get; }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new BoundedDequeMessageQueue(Capacity, PushTimeout);
}

/// <summary>Messages with the lowest number first, equal ones in order.</summary>
public abstract class UnboundedStablePriorityMailbox : MailboxType, IProducesMessageQueue<UnboundedStablePriorityMessageQueue>
{
    protected UnboundedStablePriorityMailbox(Settings settings, Config config) : base(settings, config)
    {
    }

    public sealed override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new UnboundedStablePriorityMessageQueue(PriorityGenerator);

    /// <returns>Lower goes first.</returns>
    protected abstract int PriorityGenerator(object message);
}
