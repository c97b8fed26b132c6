using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Client.Http;
using Dfs.Core.Folders;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;
using Dfs.Node.Folders;

namespace Dfs.Node.Cli;

/// <summary><c>dfs cp KEY TO</c>, <c>dfs cp -r PREFIX TO</c></summary>
public static class CpCommand
{
    public static Command Create()
    {
        var from = new Argument<string>("KEY") { Description = "The file's name in the store, a pattern, or with -r a prefix" };
        var to = new Argument<string>("TO") { Description = "The copy's name; with '/' at its end, for several and with -r the prefix under which they go" };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Copy everything below a prefix" };
        var bucket = BucketOption.Create();
        var toBucket = new Option<string?>("--to-bucket") { Description = "The bucket of the copies; default is that of the originals", HelpName = "BUCKET" };
        var version = VersionOption.Create("Copy this version, not the current one; `dfs versions` lists them");
        var ifAbsent = new Option<bool>("--if-absent") { Description = "Only where there is no such file" };
        var concurrency = ConcurrencyOption.Create();
        var json = JsonOption.Create();
        var command = new Command("cp", "Copy files in the store; no content is moved, the copies share it")
        {
            from, to, recursive, bucket, toBucket, version, ifAbsent, concurrency, json,
        };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var (name, place, isRecursive) = (parse.GetValue(from)!, parse.GetValue(to)!, parse.GetValue(recursive));
            var wanted = VersionOption.Parse(parse.GetValue(version));
            var copies = new Copies(parse.GetValue(bucket)!, parse.GetValue(toBucket) ?? parse.GetValue(bucket)!, parse.GetValue(ifAbsent));
            if (!isRecursive)
            {
                CheckedKey.Require(copies.Bucket, name);
            }

            using var client = node.Connect(parse);
            if (await SeveralAsync(client, copies.Bucket, name, isRecursive, cancellationToken) is { } several)
            {
                if (wanted is not null)
                {
                    throw new CliException(ExitCode.Usage, "--version is for one file.");
                }

                var run = new TransferRun(ConcurrencyOption.Parse(parse.GetValue(concurrency)));
                return (await CopyAllAsync(client, copies, several, FolderPath.PrefixOf(place), run, cancellationToken)).Report("copied", parse.GetValue(json));
            }

            place = place.EndsWith('/') ? place + name[(name.LastIndexOf('/') + 1)..] : place;
            var answer = await CopyAsync(client, copies, name, CheckedKey.Require(copies.ToBucket, place), wanted, cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(answer, AdminJson.Default.AdminAnswer));
            }

            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"copied {name} to {place}: {answer.SizeBytes:N0} bytes"));
            return ExitCode.Done;
        });
        return command;
    }

    /// <returns>The files that are meant and what is left out of their names, or null when one file is.</returns>
    private static async Task<(List<AdminFile> Files, string Prefix)?> SeveralAsync(
        NodeClient client, string bucket, string text, bool isRecursive, CancellationToken cancellationToken)
    {
        var prefix = isRecursive ? FolderPath.PrefixOf(text) : new GlobPattern(text).LiteralFolder;
        var files = isRecursive
            ? await StoredFiles.BelowAsync(client, bucket, null, prefix, withSourceTimes: false, cancellationToken)
            : await StoredFiles.MatchingAsync(client, bucket, null, text, withSourceTimes: false, cancellationToken);
        return files is null ? null
            : files.Count > 0 ? (files, prefix)
            : throw new CliException(ExitCode.NotFound, $"not found: no name in {bucket} {(isRecursive ? "starts with" : "matches")} {(isRecursive ? prefix : text)}");
    }

    private static async Task<TransferSummary> CopyAllAsync(
        NodeClient client, Copies copies, (List<AdminFile> Files, string Prefix) several, string place, TransferRun run, CancellationToken cancellationToken)
    {
        await run.RunAsync(
            $"{several.Files.Count} files", several.Files, several.Files.Sum(file => file.SizeBytes), file => file.Name,
            async (file, progressed, token) =>
            {
                var key = CheckedKey.Require(copies.ToBucket, place + file.Name[several.Prefix.Length..]);
                var answer = await CopyAsync(client, copies, file.Name, key, null, token);
                progressed(answer.SizeBytes);
                return answer.SizeBytes;
            },
            cancellationToken);
        return run.Summary([]);
    }

    private static Task<AdminAnswer> CopyAsync(
        NodeClient client, Copies copies, string from, ObjectKey to, VersionId? version, CancellationToken cancellationToken) =>
        client.CopyAsync(copies.Bucket, from, version, to.Bucket, to.Name, copies.OnlyIfAbsent, cancellationToken);

    /// <summary>What all copies of a command have in common.</summary>
    private sealed record Copies(string Bucket, string ToBucket, bool OnlyIfAbsent);
}
