using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The lasting part of an actor: mailbox, children, watches, behaviour; instances come and go inside it.</summary>
/// <remarks>
/// All but sending, suspending and making children happens on the thread that runs the mailbox. Parts: messages (here),
/// children, death watch, faults, receive timeout.
/// </remarks>
public partial class ActorCell : IUntypedActorContext
{
    public const int UndefinedUid = 0;

    private readonly IInternalActorRef _self;
    private Receive _behavior;
    private Mailbox _mailbox;
    private ActorBase _actor;
    private IActorRef _sender;
    private ActorTaskScheduler _taskScheduler;
    // System messages that wait for the actor's state to change.
    private List<SystemMessage> _stashed;

    public ActorCell(
        ActorSystemImpl system,
        IInternalActorRef self,
        Props props,
        MessageDispatcher dispatcher,
        IInternalActorRef parent)
    {
        _self = self;
        SystemImpl = system;
        Props = props;
        Dispatcher = dispatcher;
        Parent = parent;
    }

    internal static ActorCell Current => InternalCurrentActorCellKeeper.Current;

    public ActorSystemImpl SystemImpl { get; }

    public ActorSystem System => SystemImpl;

    public Props Props { get; }

    public MessageDispatcher Dispatcher { get; }

    public IInternalActorRef Parent { get; }

    IActorRef IActorContext.Parent => Parent;

    public IActorRef Self => _self;

    public IActorRef Sender => _sender ?? SystemImpl.DeadLetters;

    public object CurrentMessage { get; internal set; }

    public Mailbox Mailbox => Volatile.Read(ref _mailbox);

    /// <summary>Tells one delivery from the next, also when the same object is delivered twice.</summary>
    public int CurrentEnvelopeId { get; private set; }

    public virtual ActorTaskScheduler TaskScheduler => _taskScheduler ??= new ActorTaskScheduler(this);

    internal IActorRef SenderOrNone => _sender;

    public static IActorRef GetCurrentSelfOrNoSender() => Current?.Self ?? ActorRefs.NoSender;

    public static IActorRef GetCurrentSenderOrNoSender() => Current?._sender ?? ActorRefs.NoSender;

    public virtual void Start() => Dispatcher.Attach(this);

    public virtual void SendMessage(Envelope message) => Dispatcher.Dispatch(this, message);

    public virtual void SendSystemMessage(ISystemMessage systemMessage) =>
        Dispatcher.SystemDispatch(this, (SystemMessage)systemMessage);

    public void Suspend() => SendSystemMessage(new Suspend());

    public void Resume(Exception causedByFailure) => SendSystemMessage(new Resume(causedByFailure));

    public void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));

    public void Stop() => SendSystemMessage(new Terminate());

    public ActorSelection ActorSelection(string actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, System, _self);

    public ActorSelection ActorSelection(ActorPath actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, System);

    public void Become(Receive receive) => _behavior = receive;

    void IUntypedActorContext.Become(UntypedReceive receive) => Become(receive.ToReceive());

    /// <summary>Runs one user's message.</summary>
    public void Invoke(Envelope envelope)
    {
        var message = envelope.Message;
        if (message is TimerScheduler.TimerMessage tick && !TryUnwrap(tick, ref envelope, ref message))
        {
            return;
        }

        CurrentMessage = message;
        _sender = envelope.Sender;
        CurrentEnvelopeId = unchecked(CurrentEnvelopeId + 1) & int.MaxValue;
        try
        {
            if (message is IAutoReceivedMessage)
            {
                AutoReceiveMessage(envelope);
            }
            else
            {
                ReceiveMessage(message);
            }
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }
        finally
        {
            EndOfMessage();
        }
    }

    internal void Init(MailboxType mailboxType)
    {
        var mailbox = new Mailbox(mailboxType.Create(_self, System));
        mailbox.SetActor(this);
        Volatile.Write(ref _mailbox, mailbox);
        mailbox.SystemEnqueue(_self, new Create());
    }

    internal Mailbox SwapMailbox(Mailbox mailbox) => Interlocked.Exchange(ref _mailbox, mailbox);

    internal void SetSender(IActorRef sender) => _sender = sender;

    /// <summary>Forgets the message; a failed one is kept, for PreRestart.</summary>
    internal void EndOfMessage()
    {
        if (!IsFailed)
        {
            CurrentMessage = null;
            _sender = null;
        }
    }

    /// <summary>Runs one message of the engine, or keeps it for when the actor can take it.</summary>
    internal void SystemInvoke(SystemMessage message)
    {
        var state = CalculateState();
        if (MustWait(message, state))
        {
            (_stashed ??= []).Add(message);
            return;
        }

        Handle(message);
        if (_stashed is { Count: > 0 } && CalculateState() < state)
        {
            var waiting = _stashed;
            _stashed = null;
            foreach (var next in waiting)
            {
                if (Mailbox.IsClosed)
                {
                    SystemImpl.Mailboxes.DeadLetterMailbox.SystemEnqueue(_self, next);
                }
                else
                {
                    SystemInvoke(next);
                }
            }
        }
    }

    protected virtual void ReceiveMessage(object message) =>
        _actor.AroundReceiveInternal(_behavior, message);

    protected virtual void AutoReceiveMessage(Envelope envelope)
    {
        switch (envelope.Message)
        {
            case Terminated terminated:
                ReceivedTerminated(terminated);
                break;
            case AddressTerminated addressTerminated:
                HandleAddressTerminated(addressTerminated.Address);
                break;
            case PoisonPill:
                _self.Stop();
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            case ActorSelectionMessage selection:
                Akka.Actor.ActorSelection.DeliverSelection(_self, envelope.Sender, selection);
                break;
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, _self), _self);
                break;
            default:
                ReceiveMessage(envelope.Message);
                break;
        }
    }

    private bool TryUnwrap(TimerScheduler.TimerMessage tick, ref Envelope envelope, ref object message)
    {
        if ((_actor as IWithTimers)?.Timers is not TimerScheduler timers || !timers.TryFire(tick, out message))
        {
            return false;
        }

        envelope = new Envelope(message, envelope.Sender);
        return true;
    }

    private void Handle(SystemMessage message)
    {
        try
        {
            switch (message)
            {
                case ActorTask task: task.Scheduler.Run(task.Task); break;
                case DeathWatchNotification dead: WatchedActorTerminated(dead); break;
                case Failed failed: HandleFailed(failed); break;
                case Watch watch: AddWatcher(watch.Watchee, watch.Watcher); break;
                case Unwatch unwatch: RemoveWatcher(unwatch.Watchee, unwatch.Watcher); break;
                case Create create: Create(create.Failure); break;
                case Recreate recreate: FaultRecreate(recreate.Cause); break;
                case Dispatch.SysMsg.Suspend: FaultSuspend(); break;
                case Resume resume: FaultResume(resume.CausedByFailure); break;
                case Dispatch.SysMsg.Terminate: Terminate(); break;
                case Supervise: break;
                default: throw new NotSupportedException($"Unknown system message {message.GetType().Name}");
            }
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }
    }

    private CellState CalculateState() =>
        _children is { IsWaitingForChildren: true } ? CellState.WaitingForChildren
        : Mailbox.IsSuspended ? CellState.Suspended
        : CellState.Running;

    private static bool MustWait(SystemMessage message, CellState state) => state switch
    {
        CellState.WaitingForChildren => message is IStashWhenWaitingForChildren,
        CellState.Suspended => message is IStashWhenFailed,
        _ => false,
    };

    private void Publish(LogEvent logEvent) => System.EventStream.Publish(logEvent);

    private enum CellState
    {
        Running,
        Suspended,
        WaitingForChildren,
    }
}
