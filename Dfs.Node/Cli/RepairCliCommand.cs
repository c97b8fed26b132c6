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
        var now = new Option<bool>("--now") { Description = "Every node compares what it has with the others now; ends a pause" };
        var pause = new Option<bool>("--pause") { Description = "On every node: copy no chunk to restore or move copies, over restarts too, until --resume" };
        var resume = new Option<bool>("--resume") { Description = "Go on, on every node" };
        var json = JsonOption.Create();
        var command = new Command("repair", "What has fewer copies than it should, what is being copied, and how long it takes") { now, pause, resume, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var wishes = new[] { (now, "now"), (pause, "pause"), (resume, "resume") }.Where(wish => parse.GetValue(wish.Item1)).Select(wish => wish.Item2).ToList();
            if (wishes.Count > 1)
            {
                throw new CliException(ExitCode.Usage, "Give one of --now, --pause and --resume.");
            }

            using var client = node.Connect(parse);
            if (wishes.Count == 1)
            {
                Console.Error.WriteLine((await client.RepairAsync(wishes[0], cancellationToken)).Detail);
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
