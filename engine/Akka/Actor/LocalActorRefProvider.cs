using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>References of this process; the providers of remoting and cluster stand on one of these.</summary>
public sealed class LocalActorRefProvider : IActorRefProvider
{
    private readonly Func<ActorPath, IInternalActorRef> _deadLettersFactory;
    private readonly Dictionary<string, IInternalActorRef> _extraNames = [];
    private readonly TaskCompletionSource<Status> _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorPath _tempNode;
    private ActorSystemImpl _system;
    private VirtualPathContainer _tempContainer;
    private RootGuardianActorRef _rootGuardian;
    private long _tempNumber;

    public LocalActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : this(systemName, settings, eventStream, null, null)
    {
    }

    public LocalActorRefProvider(
        string systemName,
        Settings settings,
        EventStream eventStream,
        Deployer deployer,
        Func<ActorPath, IInternalActorRef> deadLettersFactory)
    {
        Settings = settings;
        EventStream = eventStream;
        Deployer = deployer ?? new Deployer(settings);
        RootPath = new RootActorPath(new Address("akka", systemName));
        Log = Logging.GetLogger(eventStream, $"LocalActorRefProvider({RootPath.Address})");
        _tempNode = RootPath / "temp";
        _deadLettersFactory = deadLettersFactory ?? (path => new DeadLetterActorRef(this, path, eventStream));
        DeadLetters = _deadLettersFactory(RootPath / "deadLetters");
    }

    public IActorRef DeadLetters { get; }

    public Deployer Deployer { get; }

    public IInternalActorRef RootGuardian => _rootGuardian;

    public ActorPath RootPath { get; }

    public Settings Settings { get; }

    public LocalActorRef SystemGuardian { get; private set; }

    public Task TerminationTask => _terminated.Task;

    public LocalActorRef Guardian { get; private set; }

    public EventStream EventStream { get; }

    public Address DefaultAddress => RootPath.Address;

    public Serialization.Information SerializationInformation =>
        field ??= new Serialization.Information(DefaultAddress, _system);

    public ILoggingAdapter Log { get; }

    public void Init(ActorSystemImpl system)
    {
        _system = system;
        var supervisor = new RootGuardianSupervisor(RootPath / "_Root-guardian-supervisor", this, _terminated, Log);
        _rootGuardian = new RootGuardianActorRef(
            system, GuardianProps(SupervisorStrategy.StoppingStrategy, () => new GuardianActor()), DefaultDispatcher(), DefaultMailbox(), supervisor, RootPath, (IInternalActorRef)DeadLetters, _extraNames);
        _tempContainer = new VirtualPathContainer(system.Provider, _tempNode, _rootGuardian);
        _rootGuardian.SetTempContainer(_tempContainer);
        var strategy = SupervisorStrategyConfigurator.CreateConfigurator(Settings.SupervisorStrategyClass).Create();
        Guardian = (LocalActorRef)_rootGuardian.Cell.AttachGuardian(
            "user", GuardianProps(strategy, () => new GuardianActor()), DefaultDispatcher(), DefaultMailbox());
        var user = Guardian;
        SystemGuardian = (LocalActorRef)_rootGuardian.Cell.AttachGuardian(
            "system",
            GuardianProps(SupervisorStrategy.DefaultStrategy, () => new SystemGuardianActor(user)),
            DefaultDispatcher(),
            DefaultMailbox());
        _rootGuardian.Start();
        Guardian.Start();
        SystemGuardian.Start();
        _rootGuardian.SendSystemMessage(new Watch(SystemGuardian, _rootGuardian));
    }

    public IActorRef RootGuardianAt(Address address) => address == RootPath.Address ? _rootGuardian : DeadLetters;

    public ActorPath TempPath() => _tempNode / ("$" + Interlocked.Increment(ref _tempNumber));

    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) =>
        _tempContainer.Add(path.Name, actorRef);

    public void UnregisterTempActor(ActorPath path) => _tempContainer.Remove(path.Name);

    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs) => new(tcs, TempPath(), this);

    public IInternalActorRef ActorOf(
        ActorSystemImpl system,
        Props props,
        IInternalActorRef supervisor,
        ActorPath path,
        bool systemService,
        Deploy deploy,
        bool lookupDeploy,
        bool async)
    {
        if (lookupDeploy && Deployer.Lookup(path) is { } configured)
        {
            props = props.WithDeploy(configured);
        }

        var dispatcherId = props.Dispatcher == Deploy.NoDispatcherGiven ? Dispatchers.DefaultDispatcherId : props.Dispatcher;
        try
        {
            var dispatcher = system.Dispatchers.Lookup(dispatcherId);
            var mailboxType = system.Mailboxes.GetMailboxType(props, dispatcher.Configurator.Config);
            return new LocalActorRef(system, props, dispatcher, mailboxType, supervisor, path);
        }
        catch (Exception exception) when (exception is not ConfigurationException and not ArgumentException)
        {
            throw new ConfigurationException(
                $"Configuration problem while creating {path} with dispatcher [{dispatcherId}] and mailbox [{props.Mailbox}]",
                exception);
        }
    }

    public IActorRef ResolveActorRef(string path) =>
        ActorPath.TryParse(path, out var parsed) ? ResolveActorRef(parsed) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath path)
    {
        if (path.Root.Equals(RootPath))
        {
            return ResolveActorRef(_rootGuardian, path.ElementsWithUid);
        }

        Log.Debug("Resolve of foreign ActorPath [{0}] failed", path);
        return DeadLetters;
    }

    /// <summary>By names below a reference of this process; a path without an actor yields a reference for dead letters.</summary>
    internal IInternalActorRef ResolveActorRef(IInternalActorRef actorRef, IReadOnlyList<string> elements)
    {
        if (elements.Count == 0)
        {
            return (IInternalActorRef)DeadLetters;
        }

        var found = (IInternalActorRef)actorRef.GetChild(elements);
        return found.IsNobody()
            ? new EmptyLocalActorRef(_system.Provider, actorRef.Path / elements, EventStream)
            : found;
    }

    private MessageDispatcher DefaultDispatcher() => _system.Dispatchers.DefaultGlobalDispatcher;

    private MailboxType DefaultMailbox() => _system.Mailboxes.Lookup(Mailboxes.DefaultMailboxId);

    private static Props GuardianProps(SupervisorStrategy strategy, Func<ActorBase> produce) =>
        Props.CreateBy(produce).WithSupervisorStrategy(strategy);
}
