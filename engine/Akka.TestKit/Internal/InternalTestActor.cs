using Akka.Actor;

namespace Akka.TestKit.Internal;

/// <summary>Puts what it gets into the box of its test kit.</summary>
internal sealed class InternalTestActor(MessageBox box) : UntypedActor
{
    private readonly MessageBox _box = box;
    private Func<object, bool> _ignore = _ => false;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SetIgnore ignore:
                _ignore = ignore.ShouldIgnore;
                break;
            case Watch watch:
                Context.Watch(watch.Subject);
                Sender.Tell(Acknowledged.Instance);
                break;
            case Unwatch unwatch:
                Context.Unwatch(unwatch.Subject);
                Sender.Tell(Acknowledged.Instance);
                break;
            case var other when !_ignore(other):
                _box.Add(new RealMessageEnvelope(other, Sender));
                break;
        }
    }

    internal sealed record SetIgnore(Func<object, bool> ShouldIgnore) : INoSerializationVerificationNeeded;

    internal sealed record Watch(IActorRef Subject) : INoSerializationVerificationNeeded;

    internal sealed record Unwatch(IActorRef Subject) : INoSerializationVerificationNeeded;

    internal sealed class Acknowledged
    {
        public static readonly Acknowledged Instance = new();
    }
}
