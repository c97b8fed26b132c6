using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs plan</c>: the next change of the layout, before anything moves.</summary>
public static class PlanCommand
{
    public static Command Create()
    {
        var apply = new Option<bool>("--apply") { Description = "Make the change now" };
        var json = JsonOption.Create();
        var command = new Command("plan", "Who would come in or leave the layout, what would move, and what may fail meanwhile") { apply, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            var plan = await client.PlanAsync(cancellationToken);
            Console.WriteLine(parse.GetValue(json)
                ? JsonSerializer.Serialize(plan, AdminJson.Default.LayoutPlan)
                : string.Join('\n', Lines(plan)));
            if (parse.GetValue(apply))
            {
                Console.Error.WriteLine((await client.ApplyPlanAsync(cancellationToken)).Detail);
            }
            else if (plan.Moves.Count > 0)
            {
                Console.Error.WriteLine("Nothing has been changed: `dfs plan --apply` begins it.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<string> Lines(LayoutPlan plan)
    {
        foreach (var sentence in plan.Changes.DefaultIfEmpty("Nothing would change.").Concat(plan.Waits))
        {
            yield return sentence;
        }

        if (plan.Moves.Count > 0)
        {
            foreach (var move in plan.Moves)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"to {move.Node}: {move.Partitions:N0} of 1,024 partitions, about {move.Bytes:N0} bytes");
            }

            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"about {plan.Bytes:N0} bytes in all, {TimeSpan.FromSeconds(plan.Seconds):hh\\:mm\\:ss} at {LayoutPlan.BytesPerSecond / 1e6:0} MB/s a node");
            yield return "meanwhile " + StatusText.MayFailLine("", plan.NodesThatMayFail);
        }
    }
}
