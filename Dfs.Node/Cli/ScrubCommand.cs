using System.CommandLine;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs scrub [--now|--pause|--resume]</c></summary>
public static class ScrubCommand
{
    public static Command Create()
    {
        var wish = new OneFlagOf(
            ("--now", "Begin a run now, as fast as the disk allows"),
            ("--pause", "Stop where it is, over restarts too"),
            ("--resume", "Go on"));
        var json = JsonOption.Create();
        var command = new Command("scrub", "Whether a node has read all its chunks for damage, and what it found") { json };
        wish.AddTo(command);
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var wished = wish.Read(parse);
            using var client = node.Connect(parse);
            var status = wished is null
                ? (await client.StatusAsync(cancellationToken)).Scrub
                : await client.ScrubAsync(wished, cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(status, AdminJson.Default.ScrubStatus) : StatusText.ScrubLine(status));
            return ExitCode.Done;
        });
        return command;
    }
}
