using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Remote;

public interface IRemoteRef : IActorRefScope;

/// <summary>A handle on an actor of another system.</summary>
public class RemoteActorRef : InternalActorRefBase, IRemoteRef
{
    private readonly RemoteTransport _remote;

    public RemoteActorRef(
        RemoteTransport remote,
        Address localAddressToUse,
        ActorPath path,
        IInternalActorRef parent,
        Props props,
        Deploy deploy)
    {
        _remote = remote;
        LocalAddressToUse = localAddressToUse;
        Path = path;
        Parent = parent;
    }

    public Address LocalAddressToUse { get; }

    public override ActorPath Path { get; }

    public override IInternalActorRef Parent { get; }

    public override IActorRefProvider Provider => _remote.Provider;

    public override bool IsLocal => false;

    public override IActorRef GetChild(IReadOnlyList<string> name) => name switch
    {
        [] => this,
        ["..", ..] => Parent.GetChild([.. name.Skip(1)]),
        _ => new RemoteActorRef(_remote, LocalAddressToUse, Path / name, ActorRefs.Nobody, Props.None, Deploy.None),
    };

    public override void SendSystemMessage(ISystemMessage message)
    {
        var watcher = _remote.Provider.RemoteWatcher;
        switch (message)
        {
            case Watch watch when IsWatchIntercepted(watch.Watchee, watch.Watcher):
                watcher.Tell(new RemoteWatcher.WatchRemote(watch.Watchee, watch.Watcher));
                break;
            case Unwatch unwatch when IsWatchIntercepted(unwatch.Watchee, unwatch.Watcher):
                watcher.Tell(new RemoteWatcher.UnwatchRemote(unwatch.Watchee, unwatch.Watcher));
                break;
            default:
                Send(message, ActorRefs.NoSender);
                break;
        }
    }

    /// <summary>Watches of us go through the watcher of this system, which alone watches over the network.</summary>
    public bool IsWatchIntercepted(IActorRef watchee, IActorRef watcher) =>
        !watcher.Equals(_remote.Provider.RemoteWatcher) && watchee.Equals(this);

    public override void Start()
    {
    }

    public override void Resume(Exception? causedByFailure = null) => SendSystemMessage(new Resume(causedByFailure));

    public override void Suspend() => SendSystemMessage(new Suspend());

    public override void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));

    public override void Stop() => SendSystemMessage(new Terminate());

    protected override void TellInternal(object message, IActorRef sender) => Send(message, sender);

    private void Send(object message, IActorRef sender)
    {
        try
        {
            _remote.Send(message, sender, this);
        }
        catch (Exception e)
        {
            _remote.System.EventStream.Publish(
                new Error(e, Path.ToString(), GetType(), "swallowing exception during message send"));
        }
    }
}
