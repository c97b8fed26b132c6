using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>Whatever takes messages: a reference or a selection.</summary>
public interface ICanTell
{
    void Tell(object message, IActorRef sender);
}

/// <summary>A handle on one incarnation of an actor, valid in every thread and on every node.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, IComparable
{
    ActorPath Path { get; }
}

/// <summary>Whether what stands behind a reference is in this process.</summary>
public interface IActorRefScope
{
    bool IsLocal { get; }
}

/// <summary>What the engine needs of each reference, beyond what programs see.</summary>
public interface IInternalActorRef : IActorRef, IActorRefScope
{
    IInternalActorRef Parent { get; }

    IActorRefProvider Provider { get; }

    /// <summary>Walks down (".." up) by these names; <see cref="ActorRefs.Nobody"/> when there is none.</summary>
    IActorRef GetChild(IReadOnlyList<string> name);

    void Start();

    void Resume(Exception causedByFailure = null);

    void Suspend();

    void Restart(Exception cause);

    void Stop();

    void SendSystemMessage(ISystemMessage message);
}

/// <summary>Makes actors and finds them: a system or the context of an actor.</summary>
public interface IActorRefFactory
{
    IActorRef ActorOf(Props props, string name = null);

    ActorSelection ActorSelection(ActorPath actorPath);

    ActorSelection ActorSelection(string actorPath);
}

public interface ICanWatch
{
    /// <summary>Asks for one <see cref="Terminated"/> when the subject has stopped.</summary>
    IActorRef Watch(IActorRef subject);

    IActorRef Unwatch(IActorRef subject);
}
