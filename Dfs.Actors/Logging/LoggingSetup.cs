using Akka.Actor.Setup;
using Microsoft.Extensions.Logging;

namespace Dfs.Actors.Logging;

/// <summary>Gives an actor system the program's log.</summary>
public sealed class LoggingSetup(ILoggerFactory loggers) : Setup
{
    public ILoggerFactory Loggers { get; } = loggers;
}
