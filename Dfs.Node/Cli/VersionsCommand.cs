using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs versions KEY</c>, <c>dfs restore KEY</c> and <c>dfs diff KEY [FROM] [TO]</c></summary>
public static class VersionsCommand
{
    public static Command Create()
    {
        var (key, bucket, json) = (KeyArgument(), BucketOption.Create(), JsonOption.Create());
        var command = new Command("versions", "List a file's versions, newest first: id, size in bytes, time") { key, bucket, json };
        var max = new Option<int>("--max") { Description = "At most so many", DefaultValueFactory = static _ => IVersions.ListedByDefault };
        max.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError("--max is a number of versions.");
            }
        });
        command.Options.Add(max);
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = CheckedKey.Require(parse.GetValue(bucket)!, parse.GetValue(key)!);
            using var client = node.Connect(parse);
            var found = await client.VersionsAsync(name.Bucket, name.Name, parse.GetValue(max), cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(found, AdminJson.Default.AdminVersions));
                return ExitCode.Done;
            }

            foreach (var version in found.Versions)
            {
                Console.WriteLine(VersionText.Line(version.ToEntry()));
            }

            return ExitCode.Done;
        });
        return command;
    }

    public static Command CreateRestore()
    {
        var (key, bucket, json) = (KeyArgument(), BucketOption.Create(), JsonOption.Create());
        var version = VersionOption.Create("The version to bring back; `dfs versions` lists them");
        version.Required = true;
        var command = new Command("restore", "Make an older version the current one again; nothing is uploaded") { key, bucket, version, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = CheckedKey.Require(parse.GetValue(bucket)!, parse.GetValue(key)!);
            var wanted = VersionOption.Parse(parse.GetValue(version));
            using var client = node.Connect(parse);
            var answer = await client.RestoreAsync(name.Bucket, name.Name, wanted!.Value, cancellationToken);
            Print(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.AdminAnswer) : null,
                string.Create(CultureInfo.InvariantCulture, $"restored {name.Name} ({answer.SizeBytes:N0} bytes) as version {answer.Version}"));
            return ExitCode.Done;
        });
        return command;
    }

    public static Command CreateDiff()
    {
        var (key, bucket, json) = (KeyArgument(), BucketOption.Create(), JsonOption.Create());
        var from = new Argument<string?>("FROM") { Description = "A version; default is the one before TO", Arity = ArgumentArity.ZeroOrOne };
        var to = new Argument<string?>("TO") { Description = "A version; default is the current one", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("diff", "Compare two versions: sizes, and how much of the second one the first one has too") { key, from, to, bucket, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = CheckedKey.Require(parse.GetValue(bucket)!, parse.GetValue(key)!);
            var (first, second) = (VersionOption.Parse(parse.GetValue(from)), VersionOption.Parse(parse.GetValue(to)));
            using var client = node.Connect(parse);
            var diff = await client.DiffAsync(name.Bucket, name.Name, first, second, cancellationToken);
            Print(parse.GetValue(json) ? JsonSerializer.Serialize(diff, AdminJson.Default.AdminDiff) : null, Text(diff));
            return ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> KeyArgument() => new("KEY") { Description = "The file's name in the store" };

    private static string Text(AdminDiff diff) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        from    {diff.From}  {diff.FromBytes,15:N0} bytes in {Counted.Of(diff.FromChunks, "chunk")}
        to      {diff.To}  {diff.ToBytes,15:N0} bytes in {Counted.Of(diff.ToChunks, "chunk")}
        shared  {diff.SharedBytes:N0} bytes in {Counted.Of(diff.SharedChunks, "chunk")}; new {diff.ToBytes - diff.SharedBytes:N0} bytes
        """);

    private static void Print(string? json, string text) => Console.WriteLine(json ?? text);
}
