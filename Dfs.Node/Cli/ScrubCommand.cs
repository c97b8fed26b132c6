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
        var now = new Option<bool>("--now") { Description = "Begin a run now, as fast as the disk allows" };
        var pause = new Option<bool>("--pause") { Description = "Stop where it is, over restarts too" };
        var resume = new Option<bool>("--resume") { Description = "Go on" };
        var json = JsonOption.Create();
        var command = new Command("scrub", "Whether a node has read all its chunks for damage, and what it found") { now, pause, resume, json };
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
            var status = wishes.Count == 0
                ? (await client.StatusAsync(cancellationToken)).Scrub
                : await client.ScrubAsync(wishes[0], cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(status, AdminJson.Default.ScrubStatus) : StatusText.ScrubLine(status));
            return ExitCode.Done;
        });
        return command;
    }
}
