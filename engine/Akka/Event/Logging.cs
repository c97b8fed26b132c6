using Akka.Actor;

namespace Akka.Event;

public static class Logging
{
    public static Type ClassFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => typeof(Debug),
        LogLevel.InfoLevel => typeof(Info),
        LogLevel.WarningLevel => typeof(Warning),
        LogLevel.ErrorLevel => typeof(Error),
        _ => throw new ArgumentException("Unknown LogLevel", nameof(logLevel)),
    };

    public static string StringFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => "DEBUG",
        LogLevel.InfoLevel => "INFO",
        LogLevel.WarningLevel => "WARNING",
        LogLevel.ErrorLevel => "ERROR",
        _ => throw new ArgumentException("Unknown LogLevel", nameof(logLevel)),
    };

    /// <param name="logLevel">DEBUG, INFO, WARNING, ERROR; OFF is above all of them.</param>
    public static LogLevel LogLevelFor(string logLevel) => logLevel?.ToUpperInvariant() switch
    {
        "DEBUG" => LogLevel.DebugLevel,
        "INFO" => LogLevel.InfoLevel,
        "WARNING" => LogLevel.WarningLevel,
        "ERROR" => LogLevel.ErrorLevel,
        "OFF" => (LogLevel)int.MaxValue,
        _ => throw new ArgumentException($"Unknown LogLevel: \"{logLevel}\"", nameof(logLevel)),
    };

    public static ILoggingAdapter GetLogger(
        this IActorContext context, ILogMessageFormatter logMessageFormatter = null) => new BusLogging(
        context.System.EventStream,
        SourceOf(context.Self, context.System),
        context.Props.Type,
        logMessageFormatter ?? context.System.Settings.LogFormatter);

    public static ILoggingAdapter GetLogger(
        ActorSystem system, object logSourceObj, ILogMessageFormatter logMessageFormatter = null) => new BusLogging(
        system.EventStream,
        SourceOf(logSourceObj, system),
        ClassOf(logSourceObj),
        logMessageFormatter ?? system.Settings.LogFormatter);

    public static ILoggingAdapter GetLogger(
        LoggingBus loggingBus, object logSourceObj, ILogMessageFormatter logMessageFormatter = null) => new BusLogging(
        loggingBus,
        SourceOf(logSourceObj, null),
        ClassOf(logSourceObj),
        logMessageFormatter ?? DefaultLogMessageFormatter.Instance);

    public static string SimpleName(Type t) => t.Name;

    private static string SourceOf(object source, ActorSystem system) => source switch
    {
        string text => system is null ? text : $"{text}({system})",
        IActorContext context => SourceOf(context.Self, context.System),
        IActorRef actor => PathOf(actor, system),
        Type type => system is null ? type.ToString() : $"{type}({system})",
        _ => SourceOf(source.GetType(), system),
    };

    private static string PathOf(IActorRef actor, ActorSystem system)
    {
        // The address is known only when the provider has started.
        var address = (system as ExtendedActorSystem)?.Provider?.DefaultAddress;
        return address is null ? actor.Path.ToString() : actor.Path.ToStringWithAddress(address);
    }

    private static Type ClassOf(object source) => source as Type ?? source.GetType();
}
