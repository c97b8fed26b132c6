using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Client;
using Dfs.Client.Http;

namespace Dfs.Node.Cli;

/// <summary><c>dfs subscribe PREFIX [--name NAME] [--json]</c></summary>
public static class SubscribeCommand
{
    public static Command Create()
    {
        var prefix = new Argument<string>("PREFIX") { Description = "Names that begin so; \"\" is the whole bucket", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "" };
        var name = new Option<string>("--name") { Description = "Keep the place under this name: what was not printed comes at the next start", DefaultValueFactory = _ => "", HelpName = "NAME" };
        var end = new Option<bool>("--end") { Description = "Forget the place of --name, and stop" };
        var (bucket, json) = (BucketOption.Create(), JsonOption.CreateLines());
        var command = new Command("subscribe", "Print what is stored and removed, on any node, as it happens, until Ctrl-C") { prefix, name, end, bucket, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            var wanted = new Subscription(parse.GetValue(bucket)!, parse.GetValue(prefix)!, parse.GetValue(name)!);
            if (parse.GetValue(end))
            {
                var ended = await client.EndSubscriptionAsync(wanted, cancellationToken);
                Console.WriteLine(parse.GetValue(json) ? JsonSerializer.SerializeToNode(ended, NodeJson.Default.AdminAnswer)!.ToJsonString() : $"forgot {wanted.Subscriber}");
                return ExitCode.Done;
            }

            var options = new SubscribeOptions
            {
                Bucket = wanted.Bucket,
                Subscriber = wanted.Subscriber,
                Troubled = trouble => Console.Error.WriteLine($"dfs: {trouble.Message}"),
            };
            // Wrong words and tokens are refused here, before anything is waited for.
            await client.ChangesAsync(wanted, null, 1, TimeSpan.Zero, cancellationToken);
            Console.Error.WriteLine($"listening to {wanted.Bucket}/{wanted.Prefix}");
            await foreach (var change in new DfsFiles(client.Store).SubscribeAsync(wanted.Prefix, options, cancellationToken))
            {
                Console.WriteLine(parse.GetValue(json) ? JsonLine(change) : Line(change));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string JsonLine(FileChange change) =>
        JsonSerializer.SerializeToNode(AdminChange.Of(change), NodeJson.Default.AdminChange)!.ToJsonString();

    private static string Line(FileChange change) => string.Create(
        CultureInfo.InvariantCulture,
        $"{change.Kind.ToString().ToLowerInvariant(),-8}  {(change is { Kind: ChangeKind.Stored or ChangeKind.Listed, File: { } file } ? file.SizeBytes : ""),15}  {change.Name}").TrimEnd();
}
