using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Event;

/// <summary>Publish and subscribe by type of event; a subscriber to a base type or an interface gets what derives from it.</summary>
/// <remarks>Also starts, feeds and stops the loggers.</remarks>
public class LoggingBus : ActorEventBus<object, Type>
{
    private static readonly LogLevel[] AllLevels = Enum.GetValues<LogLevel>();

    private readonly Lock _lock = new();
    private readonly List<IActorRef> _loggers = [];
    private readonly CancellationTokenSource _shutdown = new();
    private int _loggerNumber;

    public LogLevel LogLevel { get; private set; } = LogLevel.DebugLevel;

    public void StartStdoutLogger(Settings config) =>
        SubscribeFrom(Logging.LogLevelFor(config.StdoutLogLevel), config.StdoutLogger);

    /// <summary>Starts the loggers that the configuration names and waits for their answers.</summary>
    internal void StartDefaultLoggers(ActorSystemImpl system)
    {
        LogLevel = Logging.LogLevelFor(system.Settings.LogLevel);
        var starting = new List<Task>();
        var keepsStdout = false;
        foreach (var name in system.Settings.Loggers)
        {
            var type = Util.TypeNames.Require(name, "akka.loggers");
            if (typeof(MinimalLogger).IsAssignableFrom(type))
            {
                keepsStdout = true;
                continue;
            }

            starting.Add(StartLogger(system, type));
        }

        // Start-up waits here once, in the thread of whoever makes the system; actors are running meanwhile.
#pragma warning disable VSTHRD002
        if (!Task.WhenAll(starting).Wait(system.Settings.LoggerStartTimeout))
#pragma warning restore VSTHRD002
        {
            Publish(new Warning(nameof(EventStream), GetType(), $"A logger did not answer within {system.Settings.LoggerStartTimeout}"));
        }

        if (!keepsStdout)
        {
            Unsubscribe(system.Settings.StdoutLogger);
        }
    }

    internal void StopDefaultLoggers(ActorSystem system)
    {
        _shutdown.Cancel();
        StartStdoutLogger(system.Settings);
        foreach (var logger in Loggers())
        {
            Unsubscribe(logger);
            ((IInternalActorRef)logger).Stop();
        }
    }

    private async Task StartLogger(ActorSystemImpl system, Type type)
    {
        var name = $"log{Interlocked.Increment(ref _loggerNumber)}-{Logging.SimpleName(type)}";
        var logger = system.SystemActorOf(Props.Create(type).WithDispatcher(system.Settings.LoggersDispatcher), name);
        var answer = await logger
            .Ask(new InitializeLogger(this), Timeout.InfiniteTimeSpan, _shutdown.Token).ConfigureAwait(false);
        if (answer is not LoggerInitialized)
        {
            ((IInternalActorRef)logger).Stop();
            throw new LoggerInitializationException(
                $"Logger {name} [{type.FullName}] did not respond with LoggerInitialized, sent instead {answer.GetType()}");
        }

        lock (_lock)
        {
            _loggers.Add(logger);
        }

        SubscribeFrom(LogLevel, logger);
    }

    private void SubscribeFrom(LogLevel lowest, IActorRef logger)
    {
        foreach (var level in AllLevels.Where(level => level >= lowest))
        {
            Subscribe(logger, level.ClassFor());
        }
    }

    protected override bool IsSubClassification(Type parent, Type child) => parent.IsAssignableFrom(child);

    protected override Type GetClassifier(object @event) => @event.GetType();

    protected override void Publish(object @event, IActorRef subscriber) =>
        subscriber.Tell(@event, ActorRefs.NoSender);

    private IActorRef[] Loggers()
    {
        lock (_lock)
        {
            return [.. _loggers];
        }
    }
}

/// <summary>The bus of a system: its log, its dead letters, and what programs publish.</summary>
public class EventStream : LoggingBus
{
    private readonly List<IActorRef> _early = [];
    private IActorRef _unsubscriber;

    public EventStream(bool debug)
    {
    }

    /// <summary>From now on the subscriptions of an actor that has ended are removed.</summary>
    public void StartUnsubscriber(ActorSystemImpl system)
    {
        var unsubscriber = system.SystemActorOf(Props.CreateBy(() => new Unsubscriber(this)), "eventStreamUnsubscriber");
        lock (_early)
        {
            _unsubscriber = unsubscriber;
            _early.ForEach(Follow);
            _early.Clear();
        }
    }

    public override bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        if (subscriber is not MinimalActorRef)
        {
            lock (_early)
            {
                Follow(subscriber);
            }
        }

        return base.Subscribe(subscriber, channel);
    }

    private void Follow(IActorRef subscriber)
    {
        if (_unsubscriber is null)
        {
            _early.Add(subscriber);
        }
        else
        {
            _unsubscriber.Tell(new Unsubscriber.Follow(subscriber), ActorRefs.NoSender);
        }
    }

    private sealed class Unsubscriber(EventStream stream) : ActorBase
    {
        protected override bool Receive(object message)
        {
            switch (message)
            {
                case Follow follow: Context.Watch(follow.Subscriber); return true;
                case Terminated terminated: stream.Unsubscribe(terminated.ActorRef); return true;
                default: return false;
            }
        }

        internal sealed record Follow(IActorRef Subscriber) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
    }
}
