using System.Collections.Concurrent;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor.Internal;

/// <summary>The one implementation of a system.</summary>
/// <remarks>
/// Order of the end: users' actors, hooks of the system guardian, system actors, then here the termination callbacks
/// (last registered first), extensions, threads of dispatchers, scheduler.
/// </remarks>
public class ActorSystemImpl : ExtendedActorSystem
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();
    private readonly ConcurrentStack<Action> _onTermination = new();
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IActorRefProvider _provider;
    private IScheduler _scheduler;
    private Mailboxes _mailboxes;
    private Dispatchers _dispatchers;
    private Serialization.Serialization _serialization;
    private ILoggingAdapter _log;

    internal ActorSystemImpl(string name, Config config, ActorSystemSetup setup)
    {
        if (name is null || name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ArgumentException(
                $"Invalid ActorSystem name [{name}], must contain only word characters (i.e. [a-zA-Z0-9] plus "
                + "non-leading '-' or '_')",
                nameof(name));
        }

        Name = name;
        Settings = new Settings(this, config, setup);
        EventStream = new EventStream(false);
        EventStream.StartStdoutLogger(Settings);
        _log = new BusLogging(EventStream, $"ActorSystem({name})", GetType(), Settings.LogFormatter);
    }

    public sealed override string Name { get; }

    public sealed override Settings Settings { get; }

    public sealed override EventStream EventStream { get; }

    public override ILoggingAdapter Log => _log;

    public override IActorRefProvider Provider => _provider;

    public override IScheduler Scheduler => _scheduler;

    public override Mailboxes Mailboxes => _mailboxes;

    public override Dispatchers Dispatchers => _dispatchers;

    public override Serialization.Serialization Serialization => _serialization;

    public override IActorRef DeadLetters => _provider.DeadLetters;

    public override Task WhenTerminated => _terminated.Task;

    internal bool IsTerminating { get; private set; }

    public void Start()
    {
        try
        {
            CreateParts();
            _provider.Init(this);
            _ = EndWithRoot();
            EventStream.StartUnsubscriber(this);
            EventStream.StartDefaultLoggers(this);
            if (Settings.LogDeadLetters > 0)
            {
                SystemActorOf<DeadLetterListener>("deadLetterListener");
            }

            CoordinatedShutdown.Get(this);
            LoadExtensions();
        }
        catch
        {
            (_scheduler as IDisposable)?.Dispose();
            throw;
        }
    }

    public override IActorRef ActorOf(Props props, string name = null) =>
        _provider.Guardian.Cell.AttachChild(props, false, name);

    public override IActorRef SystemActorOf(Props props, string name = null) =>
        _provider.SystemGuardian.Cell.AttachChild(props, true, name);

    public override IActorRef SystemActorOf<TActor>(string name = null) => SystemActorOf(Props.Create<TActor>(), name);

    public override ActorSelection ActorSelection(ActorPath actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, this);

    public override ActorSelection ActorSelection(string actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, this, _provider.RootGuardian);

    public override void Stop(IActorRef actor)
    {
        var parent = actor.Path.Parent;
        if (parent.Equals(_provider.Guardian.Path))
        {
            _provider.Guardian.Tell(new Dispatch.SysMsg.StopChild(actor), ActorRefs.NoSender);
        }
        else if (parent.Equals(_provider.SystemGuardian.Path))
        {
            _provider.SystemGuardian.Tell(new Dispatch.SysMsg.StopChild(actor), ActorRefs.NoSender);
        }
        else
        {
            ((IInternalActorRef)actor).Stop();
        }
    }

    public override Task Terminate()
    {
        if (Settings.CoordinatedShutdownRunByActorSystemTerminate && !WhenTerminated.IsCompleted)
        {
            _ = CoordinatedShutdown.Get(this).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        }
        else
        {
            _ = FinalTerminate();
        }

        return WhenTerminated;
    }

    /// <summary>Ends the actors; <see cref="Terminate"/> comes to this through the last phase of the shutdown.</summary>
    internal Task FinalTerminate()
    {
        if (!IsTerminating)
        {
            IsTerminating = true;
            if (!Settings.LogDeadLettersDuringShutdown)
            {
                // Everything dies now; that is no news.
                EventStream.Unsubscribe(_provider.ResolveActorRef(
                    _provider.SystemGuardian.Path / "deadLetterListener"));
            }

            _provider.Guardian.Stop();
        }

        return WhenTerminated;
    }

    public override void RegisterOnTermination(Action code)
    {
        if (WhenTerminated.IsCompleted)
        {
            throw new InvalidOperationException("ActorSystem already terminated.");
        }

        _onTermination.Push(code);
    }

    public override object RegisterExtension(IExtensionId extension) =>
        _extensions.GetOrAdd(extension.ExtensionType, _ => new Lazy<object>(() => extension.CreateExtension(this))).Value;

    public override bool TryGetExtension(Type extensionType, out object extension)
    {
        extension = _extensions.TryGetValue(extensionType, out var found) ? found.Value : null;
        return extension is not null;
    }

    public override bool TryGetExtension<T>(out T extension)
    {
        extension = TryGetExtension(typeof(T), out var found) ? (T)found : null;
        return extension is not null;
    }

    public override string ToString() => _provider.RootGuardian.Path.Root.Address.ToString();

    private void CreateParts()
    {
        _scheduler = TypeNames.Create<IScheduler>(
            Settings.SchedulerClass, "akka.scheduler.implementation", Settings.Config.GetConfig("akka.scheduler"), _log);
        _provider = (IActorRefProvider)Activator.CreateInstance(
            TypeNames.Require(Settings.ProviderClass, "akka.actor.provider"), Name, Settings, EventStream);
        _serialization = new Serialization.Serialization(this);
        _mailboxes = new Mailboxes(this);
        _dispatchers = new Dispatchers(
            this, new DispatcherPrerequisites(_mailboxes), _log);
    }

    private void LoadExtensions()
    {
        foreach (var name in Settings.Config.GetStringList("akka.extensions"))
        {
            var extension = TypeNames.Create<IExtensionId>(name, "akka.extensions");
            RegisterExtension(extension);
        }
    }

    private async Task EndWithRoot()
    {
        await _provider.TerminationTask.ConfigureAwait(false);
        while (_onTermination.TryPop(out var code))
        {
            Quietly(code);
        }

        foreach (var extension in _extensions.Values.Where(extension => extension.IsValueCreated))
        {
            Quietly(() => (extension.Value as IDisposable)?.Dispose());
        }

        Quietly(() => EventStream.StopDefaultLoggers(this));
        Quietly(_dispatchers.EndThreads);
        Quietly(() => (_scheduler as IDisposable)?.Dispose());
        _terminated.TrySetResult();
    }

    private void Quietly(Action step)
    {
        try
        {
            step();
        }
        catch (Exception exception)
        {
            _log.Error(exception, "a step of the termination failed");
        }
    }
}
