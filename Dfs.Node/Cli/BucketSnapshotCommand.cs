using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs bucket snapshot create|list|rm|restore</c></summary>
public static class BucketSnapshotCommand
{
    public static Command Create() => new("snapshot", "What a bucket's files were at some time, where it keeps versions")
    {
        List(),
        Of("create", "Remember what all files of the bucket are now", (client, bucket, name, token) =>
            SayAsync(client.SnapshotAsync(HttpMethod.Put, bucket, name, token), $"made snapshot {name} of {bucket}")),
        Of("rm", "Forget a snapshot; versions that only it needed go as the bucket's rules say", (client, bucket, name, token) =>
            SayAsync(client.SnapshotAsync(HttpMethod.Delete, bucket, name, token), $"removed snapshot {name} of {bucket}")),
        Of("restore", "Make every file of the bucket what it was; what is there now stays as older versions", async (client, bucket, name, token) =>
        {
            var result = await client.RestoreSnapshotAsync(bucket, name, token);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"restored {result.Restored:N0} files, removed {result.Removed:N0}, left {result.Unchanged:N0} as they are"));
        }),
    };

    private static Command List()
    {
        var (bucket, json, node) = (Bucket(), JsonOption.Create(), new NodeOptions());
        var command = new Command("list", "List the snapshots of a bucket, oldest first") { bucket, json };
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            var answer = await client.SnapshotsAsync(Checked(ObjectKey.BucketRefusal, parse.GetValue(bucket)!), cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(answer, AdminJson.Default.SnapshotsResult));
                return ExitCode.Done;
            }

            foreach (var snapshot in answer.Snapshots)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{snapshot.CreatedAt:yyyy-MM-dd HH:mm:ss}Z  {snapshot.Name}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Of(string verb, string help, Func<NodeClient, string, string, CancellationToken, Task> act)
    {
        var (bucket, name, node) = (Bucket(), new Argument<string>("NAME") { Description = "The snapshot's name" }, new NodeOptions());
        var command = new Command(verb, help) { bucket, name };
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var wanted = Checked(ObjectKey.BucketRefusal, parse.GetValue(bucket)!);
            var snapshot = Checked(BucketSnapshots.NameRefusal, parse.GetValue(name)!);
            using var client = node.Connect(parse);
            await act(client, wanted, snapshot, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> Bucket() => new("BUCKET") { Description = "The bucket's name" };

    private static string Checked(Func<string, string?> refusalOf, string name) =>
        refusalOf(name) is { } refusal ? throw new CliException(ExitCode.Usage, refusal) : name;

    private static async Task SayAsync(Task<SnapshotsResult> asked, string done)
    {
        await asked;
        Console.Error.WriteLine(done);
    }
}
