using Akka.Actor;

namespace Akka.TestKit.Internal;

/// <summary>Puts what it gets into the box of its test kit.</summary>
internal sealed class InternalTestActor(MessageBox box) : UntypedActor
{
    private readonly MessageBox _box = box;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Watch watch:
                Context.Watch(watch.Subject);
                Sender.Tell(Acknowledged.Instance);
                break;
            default:
                _box.Add(new RealMessageEnvelope(message, Sender));
                break;
        }
    }

    internal sealed record Watch(IActorRef Subject) : INoSerializationVerificationNeeded;

    internal sealed class Acknowledged
    {
        public static readonly Acknowledged Instance = new();
    }
}
