using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Dfs.Node.Cli;

/// <summary>What <see cref="NodeLogFormatter"/> writes, as one JSON object an event.</summary>
internal sealed class JsonLogFormatter(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "dfs-json";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
        textWriter.WriteLine(JsonOption.LineOf(new JsonObject
        {
            ["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["level"] = NodeLogFormatter.WordOf(logEntry.LogLevel),
            ["source"] = logEntry.Category,
            ["text"] = NodeLogFormatter.TextOf(logEntry),
        }));
}
