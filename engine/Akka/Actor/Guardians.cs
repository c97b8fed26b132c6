using System.Collections.Concurrent;
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Parent of a part of the tree: "/" and "/user". Ends when what it watches has.</summary>
public class GuardianActor : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    protected override void PreStart()
    {
        // Children come from outside.
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated:
                Context.Stop(Self);
                break;
            case StopChild stop:
                Context.Stop(stop.Child);
                break;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                break;
        }

        return true;
    }
}

/// <summary>"/system": lives until users' actors have ended and every hook has answered.</summary>
public class SystemGuardianActor(IActorRef userGuardian)
    : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly IActorRef _userGuardian = userGuardian;
    private readonly HashSet<IActorRef> _hooks = [];
    private bool _terminating;

    protected override void PreStart() => Context.Watch(_userGuardian);

    protected override void PreRestart(Exception reason, object message)
    {
        // Its children stay.
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated terminated when terminated.ActorRef.Equals(_userGuardian):
                _terminating = true;
                foreach (var hook in _hooks)
                {
                    hook.Tell(TerminationHook.Instance, Self);
                }

                StopWhenDone();
                break;
            case Terminated terminated:
                _hooks.Remove(terminated.ActorRef);
                StopWhenDone();
                break;
            case TerminationHookDone:
                Context.Unwatch(Sender);
                _hooks.Remove(Sender);
                StopWhenDone();
                break;
            case RegisterTerminationHook when Sender != Context.System.DeadLetters:
                _hooks.Add(Sender);
                Context.Watch(Sender);
                break;
            case StopChild stop:
                Context.Stop(stop.Child);
                break;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                break;
        }

        return true;
    }

    private void StopWhenDone()
    {
        if (_terminating && _hooks.Count == 0)
        {
            Context.Stop(Self);
        }
    }
}

/// <summary>The reference "/": besides its children it knows "temp", "deadLetters" and names that were registered.</summary>
public class RootGuardianActorRef(
    ActorSystemImpl system,
    Props props,
    MessageDispatcher dispatcher,
    MailboxType mailboxType,
    IInternalActorRef supervisor,
    ActorPath path,
    IInternalActorRef deadLetters,
    IReadOnlyDictionary<string, IInternalActorRef> extraNames)
    : LocalActorRef(system, props, dispatcher, mailboxType, supervisor, path)
{
    private readonly IInternalActorRef _deadLetters = deadLetters;
    private readonly IReadOnlyDictionary<string, IInternalActorRef> _extraNames = extraNames;
    private IInternalActorRef _tempContainer;

    public override IInternalActorRef Parent => this;

    public void SetTempContainer(IInternalActorRef tempContainer) => _tempContainer = tempContainer;

    internal override IInternalActorRef GetSingleChild(string name) => name switch
    {
        "temp" => _tempContainer,
        "deadLetters" => _deadLetters,
        _ => _extraNames.TryGetValue(name, out var extra) ? extra : base.GetSingleChild(name),
    };
}

/// <summary>Above the root: when the root has ended, so has the system.</summary>
public class RootGuardianSupervisor : MinimalActorRef
{
    private readonly TaskCompletionSource<Status> _terminated;
    private readonly ILoggingAdapter _log;

    internal RootGuardianSupervisor(
        ActorPath path, IActorRefProvider provider, TaskCompletionSource<Status> terminated, ILoggingAdapter log)
    {
        Path = path;
        Provider = provider;
        _terminated = terminated;
        _log = log;
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public override void SendSystemMessage(ISystemMessage systemMessage)
    {
        switch (systemMessage)
        {
            case Failed failed:
                _log.Error(failed.Cause, "guardian {0} failed, shutting down!", failed.Child);
                ((IInternalActorRef)failed.Child).Stop();
                break;
            case DeathWatchNotification:
                _terminated.TrySetResult(Status.Success.Instance);
                break;
        }
    }
}

/// <summary>A path whose children are registered by hand, such as "/temp".</summary>
internal sealed class VirtualPathContainer(IActorRefProvider provider, ActorPath path, IInternalActorRef parent)
    : MinimalActorRef
{
    private readonly ConcurrentDictionary<string, IInternalActorRef> _children = new();

    public override ActorPath Path { get; } = path;

    public override IActorRefProvider Provider { get; } = provider;

    public override IInternalActorRef Parent { get; } = parent;

    public void Add(string name, IInternalActorRef child) => _children[name] = child;

    public void Remove(string name) => _children.TryRemove(name, out _);

    /// <remarks>A child's own path may have several names, as remote-deployed actors do: it is one key.</remarks>
    public override IActorRef GetChild(IReadOnlyList<string> name) =>
        name.All(string.IsNullOrEmpty)
            ? this
            : _children.GetValueOrDefault(string.Join('/', name), ActorRefs.Nobody);
}
