using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Dfs.Node.Cli;

/// <summary>The node's log: one line an event on standard error, times in UTC.</summary>
internal static class NodeLog
{
    /// <param name="level">debug, info, warning or error.</param>
    public static ILoggerFactory Create(string level) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(level switch
        {
            "debug" => LogLevel.Debug,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Information,
        })
        .AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            options.ColorBehavior = LoggerColorBehavior.Default;
        })
        .Services.AddStandardErrorConsole());

    private static void AddStandardErrorConsole(this Microsoft.Extensions.DependencyInjection.IServiceCollection services) =>
        Microsoft.Extensions.DependencyInjection.OptionsServiceCollectionExtensions.Configure<ConsoleLoggerOptions>(
            services, options => options.LogToStandardErrorThreshold = LogLevel.Trace);
}
