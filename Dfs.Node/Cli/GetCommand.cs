using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Headers;
using Dfs.Core.Crypto;
using Dfs.Core.Sharing;
using RateLimit = Dfs.Actors.Transfer.RateLimit;

namespace Dfs.Node.Cli;

/// <summary><c>dfs get KEY [FILE]</c></summary>
public static class GetCommand
{
    private const int PieceBytes = 256 * 1024;

    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The file's name in the store, or a capability, or '-' for a capability on standard input" };
        var file = new Argument<string?>("FILE")
        {
            Description = "Where to write it; '-' is standard output; default is the key's last part, here",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var bucket = BucketOption.Create();
        var version = VersionOption.Create("Fetch this version, not the current one; `dfs versions` lists them");
        var snapshot = SnapshotOption.Create();
        var range = new Option<string?>("--range") { Description = "Fetch these bytes only, counted from 0: FIRST-LAST, FIRST- or -COUNT", HelpName = "FIRST-LAST" };
        var limitRate = LimitRateOption.Create();
        var command = new Command("get", "Fetch a file") { key, file, bucket, version, snapshot, range, limitRate };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = parse.GetValue(key)!;
            name = name == "-" ? KeyringAccess.FirstLine(name) : name;
            var part = RangeOf(parse.GetValue(range));
            var limit = LimitRateOption.Parse(parse.GetValue(limitRate));
            if (part is not null && parse.GetValue(file) is null)
            {
                throw new CliException(ExitCode.Usage, "Say where to write the range; it is not put in the place of the whole file.");
            }

            if (name.StartsWith(Capability.Prefix, StringComparison.Ordinal))
            {
                return await GetSharedAsync(node, parse, name, parse.GetValue(file), part, limit, cancellationToken);
            }

            CheckedKey.Require(parse.GetValue(bucket)!, name);
            var wanted = VersionOption.Parse(parse.GetValue(version));
            using var client = node.Connect(parse);
            using var response = await client.GetAsync(parse.GetValue(bucket)!, name, wanted, SnapshotOption.Parse(parse.GetValue(snapshot)), part, cancellationToken);
            await ReceiveAsync(response, name, parse.GetValue(file) ?? Path.GetFileName(name), limit, cancellationToken);
            return ExitCode.Done;
        });
        return command;
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
        await ReceiveAsync(response, name, path ?? name, limit, cancellationToken);
        return ExitCode.Done;
    }

    private static async Task ReceiveAsync(
        HttpResponseMessage response, string key, string path, RateLimit limit, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        long receivedBytes;
        if (path == "-")
        {
            await using var output = Console.OpenStandardOutput();
            receivedBytes = await CopyAsync(source, output, key, response.Content.Headers.ContentLength, limit, cancellationToken);
        }
        else
        {
            receivedBytes = await ToFileAsync(source, path, key, response.Content.Headers.ContentLength, limit, cancellationToken);
        }

        Console.Error.WriteLine($"fetched {key}: {TransferProgress.Summary(receivedBytes, clock.Elapsed)}");
    }

    // Beside the target and renamed at the end: a broken download never replaces a whole file.
    private static async Task<long> ToFileAsync(
        Stream source, string path, string key, long? sizeBytes, RateLimit limit, CancellationToken cancellationToken)
    {
        var partial = $"{path}.dfs-partial";
        try
        {
            long receivedBytes;
            await using (var target = new FileStream(
                partial, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 }))
            {
                receivedBytes = await CopyAsync(source, target, key, sizeBytes, limit, cancellationToken);
            }

            File.Move(partial, path, overwrite: true);
            return receivedBytes;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new CliException(ExitCode.Usage, $"Cannot write {path}: {error.Message}");
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static Task<long> CopyAsync(
        Stream source, Stream target, string key, long? sizeBytes, RateLimit limit, CancellationToken cancellationToken) =>
        TransferProgress.RunAsync(key, sizeBytes, async progressed =>
        {
            var piece = new byte[PieceBytes];
            var receivedBytes = 0L;
            int read;
            while ((read = await ReadAsync(source, piece, key, receivedBytes, cancellationToken)) > 0)
            {
                await target.WriteAsync(piece.AsMemory(0, read), cancellationToken);
                receivedBytes += read;
                progressed(read);
                await limit.WaitAsync(read, cancellationToken);
            }

            return receivedBytes;
        });

    private static async Task<int> ReadAsync(
        Stream source, byte[] piece, string key, long receivedBytes, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(piece, cancellationToken);
        }
        catch (Exception error) when (error is HttpIOException or HttpRequestException or IOException)
        {
            throw new CliException(
                ExitCode.Damaged, $"{key} broke off after {receivedBytes:N0} bytes; the node's log says why. Nothing was kept.");
        }
    }
}
