using Akka.Actor;

namespace Akka.TestKit;

/// <summary>A message with its sender.</summary>
public abstract class MessageEnvelope
{
    public abstract object Message { get; }

    public abstract IActorRef Sender { get; }
}

public class RealMessageEnvelope(object message, IActorRef sender) : MessageEnvelope
{
    public override object Message { get; } = message;

    public override IActorRef Sender { get; } = sender;

    public override string ToString() => $"<{Message ?? "null"}> from {(ReferenceEquals(Sender, ActorRefs.NoSender) ? "NoSender" : Sender)}";
}

/// <summary>Stands where there was no message.</summary>
public sealed class NullMessageEnvelope : MessageEnvelope
{
    public static readonly NullMessageEnvelope Instance = new();

    private NullMessageEnvelope()
    {
    }

    public override object Message => null;

    public override IActorRef Sender => throw new InvalidOperationException("There was no message, so there is no sender.");

    public override string ToString() => "<null>";
}
