using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Dfs.Node.Cli;

/// <summary>The node's log, on standard error, as <see cref="NodeLogFormatter"/> writes it, or <see cref="JsonLogFormatter"/> for programs.</summary>
internal static class NodeLog
{
    /// <param name="level">debug, info, warning or error.</param>
    public static ILoggerFactory Create(string level, bool asJson) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(level switch
        {
            "debug" => LogLevel.Debug,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Information,
        })
        .AddConsole(options =>
        {
            options.FormatterName = asJson ? JsonLogFormatter.FormatName : NodeLogFormatter.FormatName;
            options.LogToStandardErrorThreshold = LogLevel.Trace;
        })
        .Services.AddSingleton(TimeProvider.System).AddSingleton<ConsoleFormatter, NodeLogFormatter>().AddSingleton<ConsoleFormatter, JsonLogFormatter>());
}
