using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Dfs.Node.Cli;

/// <summary>One line an event: time in UTC, level, source, text. Ids and hashes are cut to their first digits.</summary>
/// <remarks>Twelve digits tell two of them apart and still fit a line; <c>dfs status</c> shows them whole.</remarks>
public sealed partial class NodeLogFormatter(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "dfs";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.WriteLine(
            $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {WordOf(logEntry.LogLevel)}: {logEntry.Category} {TextOf(logEntry)}");
    }

    internal static string TextOf<TState>(in LogEntry<TState> logEntry)
    {
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        return OneLine(logEntry.Exception is { } exception ? $"{text} {exception}" : text);
    }

    // Nothing that a peer or a file says may begin a line of its own.
    private static string OneLine(string text) =>
        LongHex().Replace(text, "$1").ReplaceLineEndings(" ");

    internal static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };

    // From 32 digits on, the shortest id.
    [GeneratedRegex("(?<![0-9a-zA-Z])([0-9a-f]{12})[0-9a-f]{20,}(?![0-9a-zA-Z])")]
    private static partial Regex LongHex();
}
