using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs gc [--now]</c></summary>
public static class GcCommand
{
    public static Command Create()
    {
        var now = new Option<bool>("--now") { Description = "Collect now; what was stored since the collection before the last stays in any case" };
        var json = JsonOption.Create();
        var command = new Command("gc", "The garbage that removed files left, and how much of it is gone") { now, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            if (parse.GetValue(now))
            {
                var run = await client.CollectAsync(cancellationToken);
                Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(run, AdminJson.Default.GarbageRun) : Text(run));
            }
            else
            {
                var garbage = (await client.StatusAsync(cancellationToken)).Garbage;
                Console.WriteLine(parse.GetValue(json)
                    ? JsonSerializer.Serialize(garbage, AdminJson.Default.GarbageStatus)
                    : StatusText.GarbageLine(garbage));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string Text(GarbageRun run) => string.Create(
        CultureInfo.InvariantCulture,
        $"collection {run.Epoch}: gone {Counted.Of(run.FreedChunks, "chunk")}, {run.FreedBytes:N0} bytes; resting {Counted.Of(run.RestingChunks, "chunk")}, {run.RestingBytes:N0} bytes; read {Counted.Of(run.Files, "head")}{(run.Detail.Length > 0 ? "\n" + run.Detail : "")}");
}
