using System.CommandLine;
using System.Text.Json;
using Dfs.Client.Http;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs bucket list|show|create|set|remove</c></summary>
public static class BucketCommand
{
    private const string SettingsHelp =
        "NAME=VALUE: versioned=on|off|suspended (whether older versions are kept), keep-last=N|off and keep-for=30d|12h|off (which of them: those that either keeps), profile=default|small (size of the pieces that are stored once), dedup=on|off (whether equal pieces are), compression=brotli|off (whether pieces are compressed that become shorter)";

    public static Command Create() => new("bucket", "Make, look at and change buckets")
    {
        Of("list", "List the buckets and their settings", null, null, (client, _, _, token) => client.BucketsAsync(token), Print),
        Of("show", "Show a bucket's settings", Name(), null, (client, name, _, token) => client.BucketAsync(HttpMethod.Get, name, null, token), Print),
        Of("create", "Make a bucket", Name(), Settings(ArgumentArity.ZeroOrMore),
            (client, name, settings, token) => client.BucketAsync(HttpMethod.Put, name, settings, token), Say("made")),
        Of("set", "Change settings; they count from the next put on", Name(), Settings(ArgumentArity.OneOrMore),
            (client, name, settings, token) => client.BucketAsync(HttpMethod.Patch, name, settings, token), Say("changed")),
        BucketSnapshotCommand.Create(),
        Of("remove", "Remove a bucket that has no files", Name(), null,
            (client, name, _, token) => client.BucketAsync(HttpMethod.Delete, name, null, token), Say("removed")),
    };

    private static Command Of(
        string verb, string help, Argument<string>? name, Argument<string[]>? settings,
        Func<NodeClient, string, IReadOnlyDictionary<string, string>, CancellationToken, Task<AdminBuckets>> ask, Action<AdminBuckets> print)
    {
        var json = JsonOption.Create();
        var command = new Command(verb, help) { json };
        if (name is not null)
        {
            command.Arguments.Add(name);
        }

        if (settings is not null)
        {
            command.Arguments.Add(settings);
        }

        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var bucket = name is null ? "" : CheckedName(parse.GetValue(name)!);
            var words = settings is null ? new Dictionary<string, string>() : CheckedWords(parse.GetValue(settings) ?? []);
            using var client = node.Connect(parse);
            var answer = await ask(client, bucket, words, cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(answer, AdminJson.Default.AdminBuckets));
            }
            else
            {
                print(answer);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> Name() => new("BUCKET") { Description = "The bucket's name" };

    private static Argument<string[]> Settings(ArgumentArity arity) => new("SETTING") { Description = SettingsHelp, Arity = arity };

    private static string CheckedName(string bucket) =>
        ObjectKey.BucketRefusal(bucket) is { } refusal ? throw new CliException(ExitCode.Usage, refusal) : bucket;

    private static Dictionary<string, string> CheckedWords(string[] settings)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in settings)
        {
            var parts = setting.Split('=', 2);
            if (parts.Length != 2 || !words.TryAdd(parts[0], parts[1]))
            {
                throw new CliException(ExitCode.Usage, $"'{setting}' is not one NAME=VALUE; such as profile=small.");
            }
        }

        return BucketChange.TryCreate(words, out _, out var refusal) ? words : throw new CliException(ExitCode.Usage, refusal);
    }

    private static void Print(AdminBuckets answer)
    {
        foreach (var bucket in answer.Buckets)
        {
            Console.WriteLine($"{bucket.Name}  {Text(bucket)}");
        }
    }

    private static Action<AdminBuckets> Say(string what) => answer => Console.Error.WriteLine($"{what} {answer.Buckets[0].Name}");

    private static string Text(AdminBucket bucket) =>
        string.Join("  ", bucket.Settings.OrderBy(word => word.Key, StringComparer.Ordinal).Select(word => $"{word.Key}={word.Value}"));
}
