using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dfs.Actors.Logging;

/// <summary>Writes the actor system's log events to the program's log.</summary>
/// <remarks>One per actor system, made by it. Without a <see cref="LoggingSetup"/> it stays silent.</remarks>
public sealed class LoggerBridge : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILoggerFactory? _loggers;
    private readonly Dictionary<string, ILogger> _bySource = [];

    public LoggerBridge()
    {
        var setup = Context.System.Settings.Setup.Get<LoggingSetup>();
        _loggers = setup.HasValue ? setup.Value.Loggers : null;
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger: Sender.Tell(new LoggerInitialized()); return true;
            case LogEvent entry: Write(entry); return true;
            default: return false;
        }
    }

    private void Write(LogEvent entry)
    {
        if (_loggers is null)
        {
            return;
        }

        // The engine's own parts name themselves by a text; a type is one of ours.
        var source = entry.LogClass is null || entry.LogClass == typeof(string) ? "Akka" : entry.LogClass.Name;
        if (!_bySource.TryGetValue(source, out var logger))
        {
            logger = _loggers.CreateLogger(source);
            _bySource.Add(source, logger);
        }

        var level = LevelOf(entry);
        if (logger.IsEnabled(level))
        {
            logger.Log(level, default, entry, entry.Cause, static (state, _) => TextOf(state.Message));
        }
    }

    private static LogLevel LevelOf(LogEvent entry) => entry.LogLevel() switch
    {
        Akka.Event.LogLevel.DebugLevel => LogLevel.Debug,
        Akka.Event.LogLevel.InfoLevel => LogLevel.Information,
        Akka.Event.LogLevel.WarningLevel => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    private static string TextOf(object? message) => message is LogMessage log
        ? string.Format(System.Globalization.CultureInfo.InvariantCulture, log.Format, [.. log.Parameters()])
        : message?.ToString() ?? "";
}
