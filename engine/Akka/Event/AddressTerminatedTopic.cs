using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Event;

/// <summary>Tells cells that watch somebody elsewhere when a whole system is lost.</summary>
internal sealed class AddressTerminatedTopic : IExtension
{
    private readonly ConcurrentDictionary<IActorRef, bool> _subscribers = new();

    public static AddressTerminatedTopic Get(ActorSystem system) =>
        system.WithExtension<AddressTerminatedTopic, Provider>();

    public void Subscribe(IActorRef subscriber) => _subscribers[subscriber] = true;

    public void Unsubscribe(IActorRef subscriber) => _subscribers.TryRemove(subscriber, out _);

    public void Publish(AddressTerminated message)
    {
        foreach (var subscriber in _subscribers.Keys)
        {
            subscriber.Tell(message, ActorRefs.NoSender);
        }
    }

    internal sealed class Provider : ExtensionIdProvider<AddressTerminatedTopic>
    {
        public override AddressTerminatedTopic CreateExtension(ExtendedActorSystem system) => new();
    }
}
