using Akka.Actor;

namespace Akka.Event;

/// <summary>On a message: it often dies, so its dead letters are published apart and not logged.</summary>
public interface IDeadLetterSuppression;

/// <summary>A message that did not reach an actor.</summary>
public abstract class AllDeadLetters
{
    protected AllDeadLetters(object message, IActorRef sender, IActorRef recipient)
    {
        Message = message;
        Sender = sender;
        Recipient = recipient;
    }

    public object Message { get; }

    public IActorRef Sender { get; }

    public IActorRef Recipient { get; }

    public override string ToString() => $"{GetType().Name} from {Sender} to {Recipient}: <{Message}>";
}

public sealed class DeadLetter : AllDeadLetters
{
    public DeadLetter(object message, IActorRef sender, IActorRef recipient) : base(message, sender, recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
    }
}

public sealed class SuppressedDeadLetter(IDeadLetterSuppression message, IActorRef sender, IActorRef recipient)
    : AllDeadLetters(message, sender, recipient);

/// <summary>A message that its actor had no handler for.</summary>
public sealed class UnhandledMessage(object message, IActorRef sender, IActorRef recipient)
    : AllDeadLetters(message, sender, recipient);

/// <summary>Logs the first so many dead letters, then is silent for a while.</summary>
public class DeadLetterListener : ActorBase
{
    private readonly int _countMax;
    private readonly TimeSpan _pause;
    private int _count;
    private TimeSpan _silentUntil;

    public DeadLetterListener()
    {
        var settings = Context.System.Settings;
        _countMax = settings.LogDeadLetters;
        _pause = settings.LogDeadLettersSuspendDuration;
    }

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    protected override void PostRestart(Exception reason)
    {
        // The subscription outlives the instance.
    }

    protected override bool Receive(object message)
    {
        if (message is not DeadLetter letter)
        {
            return false;
        }

        var now = Context.System.Scheduler.MonotonicClock;
        if (now < _silentUntil)
        {
            return true;
        }

        _count++;
        var done = _count >= _countMax;
        Context.System.EventStream.Publish(new Info(
            letter.Recipient.Path.ToString(),
            letter.Recipient.GetType(),
            $"Message [{letter.Message.GetType().Name}] from {letter.Sender} to {letter.Recipient} was not delivered. "
            + $"[{_count}] dead letters encountered{(done ? ", no more dead letters will be logged for a while" : "")}. "
            + "If this is not an expected behavior then the recipient may have terminated unexpectedly. This logging can be turned "
            + "off or adjusted with configuration settings 'akka.log-dead-letters' and 'akka.log-dead-letters-during-shutdown'."));
        if (done)
        {
            _count = 0;
            _silentUntil = _pause <= TimeSpan.Zero ? TimeSpan.MaxValue : now + _pause;
        }

        return true;
    }
}
