using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs events [--since TIME] [--follow] [--json]</c></summary>
public static class EventsCommand
{
    private static readonly TimeSpan FollowEvery = TimeSpan.FromSeconds(2);

    /// <summary>Two minutes: what a slow node tells later than the others is still looked for.</summary>
    private static readonly TimeSpan LookBack = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var since = new Option<string?>("--since") { Description = "From then on: 30m, 12h, 7d ago, or a time such as 2026-01-31T12:00Z; without it a day" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on telling until it is stopped" };
        var json = JsonOption.CreateLines();
        var command = new Command("events", "What happened to the cluster: nodes, layouts, repair, damage, garbage, disks") { since, follow, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var from = TimeOf(parse.GetValue(since) ?? "24h", TimeProvider.System.GetUtcNow());
            using var client = node.Connect(parse);
            var told = new HashSet<string>(StringComparer.Ordinal);
            while (true)
            {
                var events = await client.EventsAsync(from, cancellationToken);
                foreach (var each in events.Events.Where(each => told.Add($"{each.At:O} {each.Kind} {each.Node} {each.Text}")))
                {
                    Console.WriteLine(parse.GetValue(json) ? JsonLine(each) : Line(each));
                }

                if (!parse.GetValue(follow))
                {
                    if (events.Without.Count > 0)
                    {
                        Console.Error.WriteLine($"dfs: without what {string.Join(", ", events.Without)} alone saw: no answer");
                    }

                    return ExitCode.Done;
                }

                var now = TimeProvider.System.GetUtcNow();
                from = from > now - LookBack ? from : now - LookBack;
                await Task.Delay(FollowEvery, TimeProvider.System, cancellationToken);
            }
        });
        return command;
    }

    /// <exception cref="CliException">It is neither.</exception>
    internal static DateTimeOffset TimeOf(string text, DateTimeOffset now)
    {
        const double DaysMax = 36_500;
        var days = text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? text[^1] switch { 's' => number / 86_400, 'm' => number / 1_440, 'h' => number / 24, 'd' => number, _ => -1 }
            : -1;
        return days is >= 0 and <= DaysMax ? now.AddDays(-days)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at
            : throw new CliException(ExitCode.Usage, $"'{text}' is neither how long ago (30m, 12h, 7d) nor a time (2026-01-31T12:00Z).");
    }

    // One event a line, so that what follows the story can read it as it goes on.
    private static string JsonLine(AdminEvent each) => JsonSerializer.SerializeToNode(each, AdminJson.Default.AdminEvent)!.ToJsonString();

    private static string Line(AdminEvent each) => string.Create(
        CultureInfo.InvariantCulture,
        $"{each.At:yyyy-MM-dd HH:mm:ss}Z  {each.Kind,-17}  {(each.Node.Length > 0 ? $"{each.Node} " : "")}{each.Text}{(each.By.Count == 1 && each.By[0] == each.Node ? "" : $"  ({string.Join(", ", each.By)})")}");
}
