using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor;

/// <summary>The configuration of a system, read once at its start.</summary>
public class Settings
{
    private readonly Config _userConfig;

    public Settings(ActorSystem system, Config config, ActorSystemSetup setup)
    {
        _userConfig = config;
        System = system;
        Setup = setup;
        Config = config.SafeWithFallback(ConfigurationFactory.Default());
        ReadActors();
        ReadLogging();
        var shutdown = Config.GetConfig("akka.coordinated-shutdown");
        CoordinatedShutdownTerminateActorSystem = shutdown.GetBoolean("terminate-actor-system");
        CoordinatedShutdownRunByActorSystemTerminate = shutdown.GetBoolean("run-by-actor-system-terminate");
        if (CoordinatedShutdownRunByActorSystemTerminate && !CoordinatedShutdownTerminateActorSystem)
        {
            throw new ConfigurationException(
                "akka.coordinated-shutdown.run-by-actor-system-terminate=on and akka.coordinated-shutdown.terminate-actor-system=off "
                + "is not a supported configuration combination.");
        }

        SchedulerClass = Config.GetString("akka.scheduler.implementation", "");
    }

    public ActorSystem System { get; }

    /// <summary>With the defaults of every assembly that has started.</summary>
    public Config Config { get; private set; }

    public ActorSystemSetup Setup { get; }

    public ProviderSelection ProviderSelectionType { get; private set; }

    public string ProviderClass { get; private set; }

    public string SupervisorStrategyClass { get; private set; }

    public TimeSpan AskTimeout { get; private set; }

    public string LogLevel { get; private set; }

    public string StdoutLogLevel { get; private set; }

    public MinimalLogger StdoutLogger { get; } = new StandardOutLogger();

    public IList<string> Loggers { get; private set; }

    public string LoggersDispatcher { get; private set; }

    public TimeSpan LoggerStartTimeout { get; private set; }

    public ILogMessageFormatter LogFormatter { get; private set; }

    /// <summary>0: none, int.MaxValue: all.</summary>
    public int LogDeadLetters { get; private set; }

    public bool LogDeadLettersDuringShutdown { get; private set; }

    public TimeSpan LogDeadLettersSuspendDuration { get; private set; }

    public string SchedulerClass { get; }

    public bool CoordinatedShutdownTerminateActorSystem { get; }

    public bool CoordinatedShutdownRunByActorSystemTerminate { get; }

    /// <summary>Adds an assembly's defaults below everything that is known.</summary>
    public void InjectTopLevelFallback(Config config) => Config = Config.SafeWithFallback(config);

    public override string ToString() => _userConfig.ToString();

    private void ReadActors()
    {
        var selected = Setup.Get<BootstrapSetup>().FlatSelect(bootstrap => bootstrap.ActorRefProvider);
        ProviderSelectionType = selected.HasValue
            ? selected.Value
            : ProviderSelection.For(Config.GetString("akka.actor.provider", "local"));
        ProviderClass = ProviderSelectionType.TypeName;
        SupervisorStrategyClass = Config.GetString("akka.actor.guardian-supervisor-strategy", "");
        AskTimeout = Config.GetTimeSpan("akka.actor.ask-timeout", Timeout.InfiniteTimeSpan);
    }

    private void ReadLogging()
    {
        LogLevel = Config.GetString("akka.loglevel", "INFO");
        StdoutLogLevel = Config.GetString("akka.stdout-loglevel", "WARNING");
        Loggers = Config.GetStringList("akka.loggers");
        LoggersDispatcher = Config.GetString("akka.loggers-dispatcher", "");
        LoggerStartTimeout = Config.GetTimeSpan("akka.logger-startup-timeout");
        var formatter = TypeNames.Require(Config.GetString("akka.logger-formatter", ""), "akka.logger-formatter");
        LogFormatter = formatter == typeof(DefaultLogMessageFormatter)
            ? DefaultLogMessageFormatter.Instance
            : (ILogMessageFormatter)Activator.CreateInstance(formatter);
        LogDeadLetters = Config.GetString("akka.log-dead-letters", "").ToLowerInvariant() switch
        {
            "on" or "true" => int.MaxValue,
            "off" or "false" => 0,
            _ => Config.GetInt("akka.log-dead-letters"),
        };
        LogDeadLettersDuringShutdown = Config.GetBoolean("akka.log-dead-letters-during-shutdown");
        LogDeadLettersSuspendDuration = Config.GetTimeSpan("akka.log-dead-letters-suspend-duration");
    }
}
