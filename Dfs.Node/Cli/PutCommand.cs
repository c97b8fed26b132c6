using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Dfs.Actors.Client;
using Dfs.Core.Primitives;
using RateLimit = Dfs.Actors.Transfer.RateLimit;

namespace Dfs.Node.Cli;

/// <summary><c>dfs put FILE [KEY]</c></summary>
public static class PutCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The file to store; '-' is standard input" };
        var key = new Argument<string?>("KEY")
        {
            Description = "Its name in the store; default is the file's name",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var bucket = BucketOption.Create();
        var ifAbsent = new Option<bool>("--if-absent") { Description = "Only when there is no such file" };
        var ifVersion = new Option<string?>("--if-version") { Description = "Only when this version is the current one" };
        var resume = new Option<bool>("--resume") { Description = "Send nothing to other nodes that an attempt before this one has stored" };
        var limitRate = LimitRateOption.Create();
        var command = new Command("put", "Store a file, encrypted, on the cluster") { file, key, bucket, ifAbsent, ifVersion, resume, limitRate };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var path = parse.GetValue(file)!;
            var name = parse.GetValue(key) ?? DefaultKey(path);
            var checkedKey = CheckedKey.Require(parse.GetValue(bucket)!, name);
            var options = PutOptions.Default with
            {
                OnlyIfAbsent = parse.GetValue(ifAbsent),
                OnlyIfVersion = VersionOption.Parse(parse.GetValue(ifVersion)),
                IsResumed = parse.GetValue(resume),
            };
            var limit = LimitRateOption.Parse(parse.GetValue(limitRate));
            await using var source = OpenSource(path);
            using var client = node.Connect(parse);
            await SendAsync(client, source, checkedKey, options, limit, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task SendAsync(
        NodeClient client, Stream source, ObjectKey key, PutOptions options, RateLimit limit, CancellationToken cancellationToken)
    {
        long? sizeBytes = source.CanSeek ? source.Length : null;
        var clock = Stopwatch.StartNew();
        var answer = await TransferProgress.RunAsync(key.Name, sizeBytes, progressed =>
        {
            var content = new ProgressContent(source, sizeBytes, progressed, limit);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            return client.PutAsync(key.Bucket, key.Name, content, options, cancellationToken);
        });
        var found = answer.FoundBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {answer.FoundBytes:N0} of them were stored before") : "";
        Console.Error.WriteLine($"stored {key.Name}: {TransferProgress.Summary(answer.SizeBytes, clock.Elapsed)}{found}");
    }

    private static string DefaultKey(string path) => path == "-"
        ? throw new CliException(ExitCode.Usage, "Standard input has no name; give a KEY: dfs put - KEY")
        : Path.GetFileName(path);

    private static Stream OpenSource(string path)
    {
        if (path == "-")
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return Directory.Exists(path)
                ? throw new CliException(ExitCode.Usage, $"{path} is a folder; put stores one file at a time.")
                : new FileStream(path, new FileStreamOptions
                {
                    Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
                    BufferSize = 0,
                });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, $"Cannot read {path}: {error.Message}");
        }
    }
}
