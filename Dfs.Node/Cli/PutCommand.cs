using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;
using Dfs.Node.Folders;
using RateLimit = Dfs.Actors.Transfer.RateLimit;

namespace Dfs.Node.Cli;

/// <summary><c>dfs put FILE [KEY]</c>, <c>dfs put FILE... PREFIX/</c>, <c>dfs put -r FOLDER [PREFIX]</c></summary>
public static class PutCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "The file to store, '-' for standard input; several files, patterns, or with -r folders. Behind a single one its KEY "
                + "(default: the file's name), or the PREFIX of a folder (default: its name); behind several a PREFIX with '/' at its end",
            Arity = ArgumentArity.OneOrMore,
        };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Store folders, with everything below them; symbolic links are left out" };
        var to = new Option<string?>("--to") { Description = "Store each FILE under this prefix, for lists in which no argument is to be taken for it", HelpName = "PREFIX" };
        var bucket = BucketOption.Create();
        var ifAbsent = new Option<bool>("--if-absent") { Description = "Only when there is no such file" };
        var ifVersion = new Option<string?>("--if-version") { Description = "Only when this version is the current one; one file only", HelpName = "VERSION" };
        var resume = new Option<bool>("--resume") { Description = "Send nothing to other nodes that an attempt before this one has stored" };
        var concurrency = ConcurrencyOption.Create();
        var limitRate = LimitRateOption.Create();
        var json = JsonOption.Create();
        var command = new Command("put", "Store files, encrypted, on the cluster") { files, recursive, to, bucket, ifAbsent, ifVersion, resume, concurrency, limitRate, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var wish = PutSources.Parse(parse.GetValue(files)!, parse.GetValue(to), parse.GetValue(recursive));
            var options = PutOptions.Default with
            {
                OnlyIfAbsent = parse.GetValue(ifAbsent),
                OnlyIfVersion = VersionOption.Parse(parse.GetValue(ifVersion)),
                IsResumed = parse.GetValue(resume),
            };
            var limit = LimitRateOption.Parse(parse.GetValue(limitRate));
            var atOnce = ConcurrencyOption.Parse(parse.GetValue(concurrency));
            if (wish.Alone is { } single)
            {
                var key = CheckedKey.Require(parse.GetValue(bucket)!, single.Key);
                return await SendOneAsync(node, parse, single.Path, key, options, limit, parse.GetValue(json), cancellationToken);
            }

            if (options.OnlyIfVersion is not null)
            {
                throw new CliException(ExitCode.Usage, "--if-version is for one file.");
            }

            using var client = node.Connect(parse);
            var summary = await SendAllAsync(client, parse.GetValue(bucket)!, wish, options, limit, new TransferRun(atOnce), cancellationToken);
            return summary.Report("stored", parse.GetValue(json));
        });
        return command;
    }

    private static async Task<TransferSummary> SendAllAsync(
        NodeClient client, string bucket, PutSources sources, PutOptions options, RateLimit limit, TransferRun run,
        CancellationToken cancellationToken)
    {
        await run.RunAsync(
            $"{sources.Files.Count} files", sources.Files, sources.Files.Sum(file => file.File.SizeBytes), file => file.File.Path,
            async (file, progressed, token) =>
            {
                var key = CheckedKey.Require(bucket, file.Key);
                return (await FileUpload.SendAsync(client, key, file.File, options, withDigest: false, progressed, limit, token)).SizeBytes;
            },
            cancellationToken);
        return run.Summary(sources.LeftOut);
    }

    private static async Task<int> SendOneAsync(
        NodeOptions node, ParseResult parse, string path, ObjectKey key, PutOptions options, RateLimit limit, bool asJson, CancellationToken cancellationToken)
    {
        await using var source = path == "-" ? Console.OpenStandardInput() : FileUpload.Open(path);
        using var client = node.Connect(parse);
        long? sizeBytes = source.CanSeek ? source.Length : null;
        options = source is FileStream ? options with { SourceModifiedAt = new FileInfo(path).LastWriteTimeUtc } : options;
        var clock = Stopwatch.StartNew();
        var answer = await TransferProgress.RunAsync(key.Name, sizeBytes, progressed =>
            FileUpload.SendAsync(client, key, source, sizeBytes, options, withDigest: false, progressed, limit, cancellationToken));
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(answer, AdminJson.Default.AdminAnswer));
            return ExitCode.Done;
        }

        var found = answer.FoundBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {answer.FoundBytes:N0} of them were stored before") : "";
        Console.Error.WriteLine($"stored {key.Name}: {TransferProgress.Summary(answer.SizeBytes, clock.Elapsed)}{found}");
        return ExitCode.Done;
    }
}
