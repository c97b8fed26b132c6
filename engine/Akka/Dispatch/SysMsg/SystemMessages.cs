using Akka.Actor;
using Akka.Event;

namespace Akka.Dispatch.SysMsg;

/// <summary>A message of the engine to a cell; runs before messages of users and is never dropped.</summary>
public interface ISystemMessage : INoSerializationVerificationNeeded;

/// <remarks>One instance is in at most one mailbox: the link is in the message.</remarks>
public abstract class SystemMessage : ISystemMessage
{
    internal SystemMessage Next;
}

/// <summary>Waits while an actor waits for its children to stop before it restarts or is created anew.</summary>
internal interface IStashWhenWaitingForChildren;

/// <summary>Waits while an actor is suspended.</summary>
internal interface IStashWhenFailed;

/// <summary>Ends the queue of a mailbox that is closed.</summary>
public sealed class NoMessage : SystemMessage;

/// <summary>Subject dead → its watchers and its parent.</summary>
public sealed class DeathWatchNotification(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    : SystemMessage, IDeadLetterSuppression
{
    public IActorRef Actor { get; } = actor;

    public bool ExistenceConfirmed { get; } = existenceConfirmed;

    public bool AddressTerminated { get; } = addressTerminated;

    public override string ToString() =>
        $"<DeathWatchNotification>: {Actor}, ExistenceConfirmed={ExistenceConfirmed}, AddressTerminated={AddressTerminated}";
}

/// <summary>Failed child → its parent, which decides.</summary>
public sealed class Failed(IActorRef child, Exception cause, long uid)
    : SystemMessage, IStashWhenFailed, IStashWhenWaitingForChildren
{
    public IActorRef Child { get; } = child;

    public Exception Cause { get; } = cause;

    /// <summary>The incarnation that failed: a late message about an earlier one is dropped.</summary>
    public long Uid { get; } = uid;

    public override string ToString() => $"<Failed>: {Child} ({Uid}) Cause={Cause}";
}

/// <summary>New child → its parent: the child has been reserved a place and is about to start.</summary>
public sealed class Supervise(IActorRef child, bool async) : SystemMessage
{
    public IActorRef Child { get; } = child;

    public bool Async { get; } = async;

    public override string ToString() => $"<Supervise>: {Child} Async={Async}";
}

public class Watch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;

    protected bool Equals(Watch other) =>
        other is not null && Equals(Watchee, other.Watchee) && Equals(Watcher, other.Watcher);

    public override bool Equals(object obj) => obj?.GetType() == GetType() && Equals((Watch)obj);

    public override int GetHashCode() => HashCode.Combine(Watchee, Watcher);

    public override string ToString() => $"<Watch>: {Watcher} wants to watch {Watchee}";
}

public sealed class Unwatch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;

    public override bool Equals(object obj) =>
        obj is Unwatch other && Equals(Watchee, other.Watchee) && Equals(Watcher, other.Watcher);

    public override int GetHashCode() => HashCode.Combine(Watchee, Watcher);

    public override string ToString() => $"<Unwatch>: {Watcher} no longer watches {Watchee}";
}

/// <summary>Runs a piece of an asynchronous receive in its actor, also while the mailbox is suspended for it.</summary>
public sealed class ActorTask(Task task) : SystemMessage
{
    public Task Task { get; } = task;

    /// <summary>Only the scheduler that queued a task may run it; a restarted actor has a new one.</summary>
    internal ActorTaskScheduler Scheduler { get; init; }
}

public sealed class Recreate(Exception cause) : SystemMessage, IStashWhenWaitingForChildren
{
    public Exception Cause { get; } = cause;

    public override string ToString() => "<Recreate> Cause: " + Cause;
}

public sealed class Resume(Exception causedByFailure) : SystemMessage, IStashWhenWaitingForChildren
{
    public Exception CausedByFailure { get; set; } = causedByFailure;

    public override string ToString() => "<Resume> CausedByFailure: " + CausedByFailure;
}

public sealed class Suspend : SystemMessage, IStashWhenWaitingForChildren
{
    public override string ToString() => "<Suspend>";
}

public sealed class Create(ActorInitializationException failure = null) : SystemMessage
{
    public ActorInitializationException Failure { get; } = failure;

    public override string ToString() => "<Create>" + (Failure is null ? "" : $" Failure: {Failure}");
}

public sealed class Terminate : SystemMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    public override string ToString() => "<Terminate>";
}

/// <summary>Anyone → guardian: stop this child of yours.</summary>
public sealed class StopChild(IActorRef child)
{
    public IActorRef Child { get; } = child;

    public override string ToString() => $"<StopChild> {Child}";
}

/// <summary>Actor → system guardian: tell me <see cref="TerminationHook"/> when users' actors have ended, and wait for my answer.</summary>
public sealed class RegisterTerminationHook
{
    private RegisterTerminationHook()
    {
    }

    public static RegisterTerminationHook Instance { get; } = new();

    public override string ToString() => "<RegisterTerminationHook>";
}

/// <summary>System guardian → whoever registered, answered with <see cref="TerminationHookDone"/>.</summary>
public sealed class TerminationHook
{
    private TerminationHook()
    {
    }

    public static TerminationHook Instance { get; } = new();

    public override string ToString() => "<TerminationHook>";
}

public sealed class TerminationHookDone
{
    private TerminationHookDone()
    {
    }

    public static TerminationHookDone Instance { get; } = new();

    public override string ToString() => "<TerminationHookDone>";
}
