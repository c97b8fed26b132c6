namespace Akka.Actor;

/// <summary>What an actor sees of the system around it. Only valid inside the actor, while it handles a message.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    IActorRef Self { get; }

    Props Props { get; }

    IActorRef Sender { get; }

    ActorSystem System { get; }

    IActorRef Parent { get; }

    /// <summary>Replaces the current behaviour.</summary>
    void Become(Receive receive);

    IEnumerable<IActorRef> GetChildren();

    /// <summary>Stops a child, or this actor, after the message that it is handling.</summary>
    void Stop(IActorRef child);
}

public interface IUntypedActorContext : IActorContext
{
    void Become(UntypedReceive receive);
}

/// <returns>Whether the message was handled.</returns>
public delegate bool Receive(object message);

public delegate void UntypedReceive(object message);

internal static class UntypedReceiveExtensions
{
    public static Receive ToReceive(this UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };
}
