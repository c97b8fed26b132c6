using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The reference to an actor of this process.</summary>
public class LocalActorRef : InternalActorRefBase
{
    private readonly ActorCell _cell;
    private readonly ActorPath _path;

    public LocalActorRef(
        ActorSystemImpl system,
        Props props,
        MessageDispatcher dispatcher,
        MailboxType mailboxType,
        IInternalActorRef supervisor,
        ActorPath path)
    {
        _path = path;
        _cell = NewActorCell(system, this, props, dispatcher, supervisor);
        _cell.Init(mailboxType);
    }

    public ActorCell Cell => _cell;

    public override ActorPath Path => _path;

    public override IInternalActorRef Parent => _cell.Parent;

    public override IActorRefProvider Provider => _cell.SystemImpl.Provider;

    public override bool IsLocal => true;

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        IInternalActorRef current = this;
        for (var i = 0; i < name.Count; i++)
        {
            current = (name[i], current) switch
            {
                ("", _) => current,
                ("..", _) => current.Parent,
                (var child, LocalActorRef parent) => parent.GetSingleChild(child),
                (_, var other) => (IInternalActorRef)other.GetChild([.. name.Skip(i)]),
            };
            if (current is not LocalActorRef)
            {
                return current.IsNobody() || i + 1 == name.Count
                    ? current
                    : current.GetChild([.. name.Skip(i + 1)]);
            }
        }

        return current;
    }

    internal virtual IInternalActorRef GetSingleChild(string name)
    {
        var (plain, uid) = ActorPath.SplitNameAndUid(name);
        return _cell.FindChild(plain, uid);
    }

    public override void Start() => _cell.Start();

    public override void Resume(Exception causedByFailure = null) => _cell.Resume(causedByFailure);

    public override void Suspend() => _cell.Suspend();

    public override void Restart(Exception cause) => _cell.Restart(cause);

    public override void Stop() => _cell.Stop();

    public override void SendSystemMessage(ISystemMessage message) => _cell.SendSystemMessage(message);

    protected override void TellInternal(object message, IActorRef sender) =>
        _cell.SendMessage(new Envelope(message, sender));

    protected virtual ActorCell NewActorCell(
        ActorSystemImpl system,
        IInternalActorRef self,
        Props props,
        MessageDispatcher dispatcher,
        IInternalActorRef supervisor) => new(system, self, props, dispatcher, supervisor);
}
