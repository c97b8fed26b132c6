using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A path of this system where no actor lives: what is sent there becomes a dead letter.</summary>
public class EmptyLocalActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream) : MinimalActorRef
{
    private readonly EventStream _eventStream = eventStream;

    public override ActorPath Path { get; } = path;

    public override IActorRefProvider Provider { get; } = provider;

    public override void SendSystemMessage(ISystemMessage message) => SpecialHandle(message, Provider.DeadLetters);

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is DeadLetter letter)
        {
            SpecialHandle(letter.Message, letter.Sender);
        }
        else if (!SpecialHandle(message, sender))
        {
            PublishDead(message, sender, this);
        }
    }

    /// <summary>Answers what must be answered although nobody is here: a watch and an Identify.</summary>
    /// <returns>Whether the message needs no dead letter.</returns>
    protected virtual bool SpecialHandle(object message, IActorRef sender)
    {
        switch (message)
        {
            case Watch watch when Equals(watch.Watchee) && !Equals(watch.Watcher):
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
                return true;
            case Watch or Unwatch:
                return true;
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), this);
                return true;
            case ActorSelectionMessage { Message: Identify identify, WildCardFanOut: false }:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), this);
                return true;
            case ActorSelectionMessage selection:
                PublishDead(selection.Message, sender, this);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Publishes the dead letter, or the quieter event for messages that often die.</summary>
    private protected void PublishDead(object message, IActorRef sender, IActorRef recipient) =>
        _eventStream.Publish(message is IDeadLetterSuppression suppressed
            ? new SuppressedDeadLetter(suppressed, sender ?? Provider.DeadLetters, recipient)
            : new DeadLetter(message, sender ?? Provider.DeadLetters, recipient));
}

/// <summary>Where undeliverable messages go: publishes each as <see cref="DeadLetter"/>.</summary>
public class DeadLetterActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    : EmptyLocalActorRef(provider, path, eventStream)
{
    private readonly EventStream _eventStream = eventStream;

    protected override void TellInternal(object message, IActorRef sender)
    {
        switch (message)
        {
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, ActorRefs.Nobody), this);
                break;
            case DeadLetter letter when SpecialHandle(letter.Message, letter.Sender):
                break;
            case DeadLetter { Message: IDeadLetterSuppression } letter:
                PublishDead(letter.Message, letter.Sender, letter.Recipient);
                break;
            case DeadLetter letter:
                _eventStream.Publish(letter);
                break;
            case AllDeadLetters other:
                _eventStream.Publish(other);
                break;
            case var other when !SpecialHandle(other, sender):
                PublishDead(other, sender, this);
                break;
        }
    }

    protected override bool SpecialHandle(object message, IActorRef sender)
    {
        // A watch that arrives here was meant for an actor that has ended.
        if (message is Watch watch)
        {
            if (!watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
            {
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
            }

            return true;
        }

        return base.SpecialHandle(message, sender);
    }
}
