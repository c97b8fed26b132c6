using Akka.Actor;

namespace Akka.Event;

public enum LogLevel
{
    DebugLevel,
    InfoLevel,
    WarningLevel,
    ErrorLevel,
}

/// <summary>One line of log, as it is published on the event stream and told to loggers.</summary>
public abstract class LogEvent : INoSerializationVerificationNeeded
{
    protected LogEvent()
    {
        Timestamp = DateTime.UtcNow;
        Thread = Thread.CurrentThread;
    }

    public Exception Cause { get; protected set; }

    public DateTime Timestamp { get; }

    public Thread Thread { get; }

    public string LogSource { get; protected set; }

    public Type LogClass { get; protected set; }

    /// <summary>Text, or a <see cref="LogMessage"/> with its parameters.</summary>
    public object Message { get; protected set; }

    public abstract LogLevel LogLevel();

    public override string ToString()
    {
        var level = LogLevel().StringFor().ToUpperInvariant();
        var line = $"[{level}][{Timestamp:MM/dd/yyyy HH:mm:ss.fffK}][Thread {Thread.ManagedThreadId:0000}][{LogSource}] {Message}";
        return Cause is null ? line : $"{line}{Environment.NewLine}Cause: {Cause}";
    }

    private protected void Set(Exception cause, string logSource, Type logClass, object message) =>
        (Cause, LogSource, LogClass, Message) = (cause, logSource, logClass, message);
}

public class Debug : LogEvent
{
    public Debug(string logSource, Type logClass, object message) : this(null, logSource, logClass, message)
    {
    }

    public Debug(Exception cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

public class Info : LogEvent
{
    public Info(string logSource, Type logClass, object message) : this(null, logSource, logClass, message)
    {
    }

    public Info(Exception cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;
}

public class Warning : LogEvent
{
    public Warning(string logSource, Type logClass, object message) : this(null, logSource, logClass, message)
    {
    }

    public Warning(Exception cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;
}

public class Error : LogEvent
{
    public Error(Exception cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    public override LogLevel LogLevel() => Event.LogLevel.ErrorLevel;
}
