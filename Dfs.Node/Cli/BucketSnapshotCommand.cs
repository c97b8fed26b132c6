using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
        Of("create", "Remember what all files of the bucket are now", AdminJson.Default.SnapshotsResult,
            (client, bucket, name, token) => client.SnapshotAsync(HttpMethod.Put, bucket, name, token), (bucket, name, _) => $"made snapshot {name} of {bucket}"),
        Of("rm", "Forget a snapshot; versions that only it needed go as the bucket's rules say", AdminJson.Default.SnapshotsResult,
            (client, bucket, name, token) => client.SnapshotAsync(HttpMethod.Delete, bucket, name, token), (bucket, name, _) => $"removed snapshot {name} of {bucket}"),
        Of("restore", "Make every file of the bucket what it was; what is there now stays as older versions", AdminJson.Default.SnapshotRestoreResult,
            (client, bucket, name, token) => client.RestoreSnapshotAsync(bucket, name, token),
            (_, _, result) => string.Create(
                CultureInfo.InvariantCulture, $"restored {Counted.Of(result.Restored, "file")}, removed {result.Removed:N0}, left {result.Unchanged:N0} as they are")),
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

    /// <param name="sentence">Of the bucket, the snapshot and the answer.</param>
    private static Command Of<T>(
        string verb, string help, JsonTypeInfo<T> shape, Func<NodeClient, string, string, CancellationToken, Task<T>> ask, Func<string, string, T, string> sentence)
    {
        var (bucket, name, node) = (Bucket(), new Argument<string>("NAME") { Description = "The snapshot's name" }, new NodeOptions());
        var json = JsonOption.Create();
        var command = new Command(verb, help) { bucket, name, json };
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var wanted = Checked(ObjectKey.BucketRefusal, parse.GetValue(bucket)!);
            var snapshot = Checked(BucketSnapshots.NameRefusal, parse.GetValue(name)!);
            using var client = node.Connect(parse);
            var answer = await ask(client, wanted, snapshot, cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(answer, shape));
            }
            else
            {
                Console.Error.WriteLine(sentence(wanted, snapshot, answer));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> Bucket() => new("BUCKET") { Description = "The bucket's name" };

    private static string Checked(Func<string, string?> refusalOf, string name) =>
        refusalOf(name) is { } refusal ? throw new CliException(ExitCode.Usage, refusal) : name;
}
