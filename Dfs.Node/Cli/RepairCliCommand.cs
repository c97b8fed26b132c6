using System.CommandLine;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs repair [--pause|--resume|--now]</c></summary>
public static class RepairCliCommand
{
    public static Command Create()
    {
        var wish = new OneFlagOf(
            ("--now", "Every node compares what it has with the others now; ends a pause"),
            ("--pause", "On every node: copy no chunk to restore or move copies, over restarts too, until --resume"),
            ("--resume", "Go on, on every node"));
        var json = JsonOption.Create();
        var command = new Command("repair", "What has fewer copies than it should, what is being copied, and how long it takes") { json };
        wish.AddTo(command);
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var wished = wish.Read(parse);
            using var client = node.Connect(parse);
            if (wished is not null)
            {
                Console.Error.WriteLine((await client.RepairAsync(wished, cancellationToken)).Detail);
            }

            var status = await client.StatusAsync(cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new AdminRepair(status.Redundancy, status.Repair), AdminJson.Default.AdminRepair));
            }
            else
            {
                foreach (var line in RedundancyText.Lines(status))
                {
                    Console.WriteLine(line);
                }
            }

            return ExitCode.Done;
        });
        return command;
    }
}
