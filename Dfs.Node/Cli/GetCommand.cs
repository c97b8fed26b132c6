using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Dfs.Client.Http;
using Dfs.Core.Crypto;
using Dfs.Core.Folders;
using Dfs.Core.Sharing;
using Dfs.Node.Folders;
using RateLimit = Dfs.Actors.Transfer.RateLimit;

namespace Dfs.Node.Cli;

/// <summary><c>dfs get KEY [FILE]</c>, <c>dfs get -r PREFIX FOLDER</c></summary>
public static class GetCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The file's name in the store, a pattern, with -r a prefix, or a capability, or '-' for a capability on standard input" };
        var file = new Argument<string?>("FILE")
        {
            Description = "Where to write it: a file, for several a folder; '-' is standard output; default is the key's last part, here",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Fetch everything below a prefix; names that cannot be paths here are reported, nothing is written outside of the folder or through symbolic links in it" };
        var bucket = BucketOption.Create();
        var version = VersionOption.Create("Fetch this version, not the current one; `dfs versions` lists them");
        var snapshot = SnapshotOption.Create();
        var range = new Option<string?>("--range") { Description = "Fetch these bytes only, counted from 0: FIRST-LAST, FIRST- or -COUNT", HelpName = "FIRST-LAST" };
        var concurrency = ConcurrencyOption.Create();
        var limitRate = LimitRateOption.Create();
        var json = JsonOption.Create();
        var command = new Command("get", "Fetch files") { key, file, recursive, bucket, version, snapshot, range, concurrency, limitRate, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = parse.GetValue(key)!;
            name = name == "-" ? KeyringAccess.FirstLine(name) : name;
            var (place, isRecursive) = (parse.GetValue(file), parse.GetValue(recursive));
            var part = RangeOf(parse.GetValue(range));
            var limit = LimitRateOption.Parse(parse.GetValue(limitRate));
            var atOnce = ConcurrencyOption.Parse(parse.GetValue(concurrency));
            var wanted = VersionOption.Parse(parse.GetValue(version));
            var moment = SnapshotOption.Parse(parse.GetValue(snapshot));
            if (isRecursive && (part is not null || wanted is not null || place == "-"))
            {
                throw new CliException(ExitCode.Usage, "-r fetches whole files into a folder; --range, --version and '-' are for one file.");
            }

            if (place == "-" && parse.GetValue(json))
            {
                throw new CliException(ExitCode.Usage, "'-' takes standard output for the content; with --json give a FILE.");
            }

            if (part is not null && place is null)
            {
                throw new CliException(ExitCode.Usage, "Say where to write the range; it is not put in the place of the whole file.");
            }

            if (!isRecursive && name.StartsWith(Capability.Prefix, StringComparison.Ordinal))
            {
                return await GetSharedAsync(node, parse, name, place, part, limit, cancellationToken);
            }

            var inBucket = parse.GetValue(bucket)!;
            if (!isRecursive)
            {
                CheckedKey.Require(inBucket, name);
            }

            using var client = node.Connect(parse);
            if (await SeveralAsync(client, inBucket, moment, name, isRecursive, cancellationToken) is { } several)
            {
                var folder = new LocalFolder(place ?? DefaultFolder(several.Prefix));
                return (await FetchAllAsync(client, inBucket, moment, several, folder, limit, new TransferRun(atOnce), cancellationToken))
                    .Report("fetched", parse.GetValue(json));
            }

            using var response = await client.GetAsync(inBucket, name, wanted, moment, part, cancellationToken);
            await ReceiveAsync(parse, response, name, place ?? Path.GetFileName(name), limit, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    /// <returns>The files that are meant and what is left out of their names, or null when one file is.</returns>
    private static async Task<(List<AdminFile> Files, string Prefix)?> SeveralAsync(
        NodeClient client, string bucket, string? snapshot, string text, bool isRecursive, CancellationToken cancellationToken)
    {
        var prefix = isRecursive ? FolderPath.PrefixOf(text) : new GlobPattern(text).LiteralFolder;
        var files = isRecursive
            ? await StoredFiles.BelowAsync(client, bucket, snapshot, prefix, withSourceTimes: true, cancellationToken)
            : await StoredFiles.MatchingAsync(client, bucket, snapshot, text, withSourceTimes: true, cancellationToken);
        return files is null ? null
            : files.Count > 0 ? (files, prefix)
            : throw new CliException(ExitCode.NotFound, $"not found: no name in {bucket} {(isRecursive ? "starts with" : "matches")} {(isRecursive ? prefix : text)}");
    }

    private static string DefaultFolder(string prefix) => prefix.Length > 0
        ? Path.GetFileName(prefix.TrimEnd('/'))
        : throw new CliException(ExitCode.Usage, "Say which folder to write to, '.' for this one.");

    private static async Task<TransferSummary> FetchAllAsync(
        NodeClient client, string bucket, string? snapshot, (List<AdminFile> Files, string Prefix) several, LocalFolder folder, RateLimit limit,
        TransferRun run, CancellationToken cancellationToken)
    {
        var markers = several.Files.FindAll(StoredFiles.IsFolderMarker);
        several.Files.RemoveAll(StoredFiles.IsFolderMarker);
        await run.RunAsync(
            $"{several.Files.Count} files", several.Files, several.Files.Sum(file => file.SizeBytes), file => file.Name,
            async (file, progressed, token) =>
            {
                var path = folder.Prepare(file.Name[several.Prefix.Length..]);
                using var response = await client.GetAsync(bucket, file.Name, null, snapshot, null, token);
                return await FileDownload.ToFileAsync(response, path, file.Name, progressed, limit, file.SourceModifiedAt ?? file.ModifiedAt, token);
            },
            cancellationToken);
        return run.Summary(markers.Select(file => new LeftOut(file.Name, "it stands for a folder", IsFailure: false)));
    }

    /// <exception cref="CliException">It is no range.</exception>
    private static RangeHeaderValue? RangeOf(string? text) =>
        text is null ? null
        : RangeHeaderValue.TryParse($"bytes={text}", out var range) && range.Ranges.Count == 1 ? range
        : throw new CliException(ExitCode.Usage, "--range wants FIRST-LAST, FIRST- or -COUNT: numbers of bytes, from 0.");

    // The name in it is the owner's, who may be a stranger: it is used as a file name here, and never leads out of this folder.
    private static async Task<int> GetSharedAsync(
        NodeOptions node, ParseResult parse, string text, string? path, RangeHeaderValue? range, RateLimit limit, CancellationToken cancellationToken)
    {
        if (!Capability.TryParse(text.Trim(), new SignatureVerifier(), out var capability))
        {
            throw new CliException(ExitCode.NotAllowed, "This is no capability, or it is damaged: it was cut off or changed on its way.");
        }

        var name = Path.GetFileName(capability.Ticket.Name);
        if (path is null && (name.Length == 0 || name is "." or ".." || File.Exists(name)))
        {
            throw new CliException(ExitCode.Usage, $"The share calls the file '{capability.Ticket.Name}', which is there already or no name; say where to write it.");
        }

        using var client = node.Connect(parse);
        using var response = await client.GetSharedAsync(text, range, cancellationToken);
        await ReceiveAsync(parse, response, name, path ?? name, limit, cancellationToken);
        return ExitCode.Done;
    }

    private static async Task ReceiveAsync(
        ParseResult parse, HttpResponseMessage response, string key, string path, RateLimit limit, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var receivedBytes = await TransferProgress.RunAsync(key, response.Content.Headers.ContentLength, async progressed =>
        {
            if (path != "-")
            {
                return await FileDownload.ToFileAsync(response, path, key, progressed, limit, modifiedAt: null, cancellationToken);
            }

            await using var output = Console.OpenStandardOutput();
            return await FileDownload.CopyAsync(response, output, key, progressed, limit, cancellationToken);
        });
        if (JsonOption.IsGiven(parse))
        {
            Console.WriteLine(JsonOption.LineOf(new JsonObject
            {
                ["name"] = key,
                ["path"] = path,
                ["bytes"] = receivedBytes,
                ["seconds"] = Math.Round(clock.Elapsed.TotalSeconds, 3),
            }));
            return;
        }

        Console.Error.WriteLine($"fetched {key}: {TransferProgress.Summary(receivedBytes, clock.Elapsed)}");
    }
}
