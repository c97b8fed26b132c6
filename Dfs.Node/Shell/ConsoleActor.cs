using System.IO.Pipelines;
using System.Text;
using Akka.Actor;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using static Dfs.Node.Shell.ConsoleProtocol;

namespace Dfs.Node.Shell;

/// <summary>Carries out what is typed, one line after the other.</summary>
/// <remarks>
/// One per node that has a console. Stateless, so the parent restarts it freely. Never fails on what is typed:
/// every outcome is an <see cref="Answer"/>.
/// </remarks>
public sealed class ConsoleActor : ReceiveActor
{
    /// <summary>One mebibyte of a file is printed; the rest is for get.</summary>
    public const int PrintBytesMax = 1024 * 1024;

    private readonly IDfsClient _files;
    private readonly Func<Task<NodeStatus>> _status;

    public ConsoleActor(IDfsClient files, Func<Task<NodeStatus>> status)
    {
        (_files, _status) = (files, status);
        ReceiveAsync<Line>(async line =>
        {
            var sender = Sender;
            sender.Tell(await RunAsync(ConsoleParser.Parse(line.Text)));
        });
    }

    /// <param name="status">Answers with the node's newest view.</param>
    public static Props Props(IDfsClient files, Func<Task<NodeStatus>> status) =>
        Akka.Actor.Props.Create(() => new ConsoleActor(files, status));

    private async Task<Answer> RunAsync(ConsoleCommand command)
    {
        try
        {
            return command switch
            {
                ConsoleCommand.Nothing => new Answer("", Ended: false),
                ConsoleCommand.Quit => new Answer("bye", Ended: true),
                _ => new Answer(await ExecuteAsync(command), Ended: false),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Cli.CliException)
        {
            return new Answer(error.Message, Ended: false);
        }
    }

    private async Task<string> ExecuteAsync(ConsoleCommand command) => command switch
    {
        ConsoleCommand.Write write => await WithKeyAsync(write.Key, key => WriteAsync(key, Encoding.UTF8.GetBytes(write.Content))),
        ConsoleCommand.Read read => await WithKeyAsync(read.Key, PrintAsync),
        ConsoleCommand.Remove remove => await WithKeyAsync(remove.Key, RemoveAsync),
        ConsoleCommand.Put put => await WithKeyAsync(put.Key, key => PutFileAsync(key, put.Path)),
        ConsoleCommand.Get get => await WithKeyAsync(get.Key, key => GetFileAsync(key, get.Path)),
        ConsoleCommand.List list => await ListAsync(list),
        ConsoleCommand.Versions versions => await WithKeyAsync(versions.Key, VersionsAsync),
        ConsoleCommand.Restore restore => await WithKeyAsync(restore.Key, key => RestoreAsync(key, restore.Version)),
        ConsoleCommand.Buckets => await BucketsAsync(),
        ConsoleCommand.Peers => string.Join('\n', StatusText.PeerLines(await _status())),
        ConsoleCommand.Status => string.Join('\n', StatusText.Lines(await _status())),
        ConsoleCommand.Help => ConsoleParser.HelpText,
        ConsoleCommand.Unknown unknown => unknown.Reason,
        _ => throw new InvariantException($"the console knows {command.GetType().Name}"),
    };

    private static Task<string> WithKeyAsync(string name, Func<ObjectKey, Task<string>> act) =>
        ObjectKey.TryCreate(name, out var key, out var refusal) ? act(key) : Task.FromResult(refusal);

    private async Task<string> WriteAsync(ObjectKey key, byte[] content)
    {
        var result = await _files.PutAsync(
            key, PipeReader.Create(new MemoryStream(content)), PutOptions.Default with { SizeBytes = content.Length }, default);
        return result.Outcome == DfsOutcome.Done ? $"stored {key.Name} ({result.SizeBytes} bytes)" : result.Detail;
    }

    private async Task<string> PutFileAsync(ObjectKey key, string path)
    {
        await using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, useAsync: true);
        var result = await _files.PutAsync(
            key, PipeReader.Create(source), PutOptions.Default with { SizeBytes = source.Length }, default);
        return result.Outcome == DfsOutcome.Done ? $"stored {key.Name} ({result.SizeBytes} bytes)" : result.Detail;
    }

    private async Task<string> PrintAsync(ObjectKey key)
    {
        var opened = await _files.OpenAsync(key, default);
        if (opened.File is null)
        {
            return opened.Detail;
        }

        await using var file = opened.File;
        using var content = new MemoryStream();
        var end = await CopyAsync(file, content, Math.Min(file.SizeBytes, PrintBytesMax));
        var text = Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length);
        return end.Outcome != DfsOutcome.Done ? end.Detail
            : file.SizeBytes > PrintBytesMax ? $"{text}\n(the first {PrintBytesMax} of {file.SizeBytes} bytes; get,key,path fetches all)"
            : text;
    }

    // Beside the target and renamed at the end: a broken download never replaces a whole file.
    private async Task<string> GetFileAsync(ObjectKey key, string path)
    {
        var opened = await _files.OpenAsync(key, default);
        if (opened.File is null)
        {
            return opened.Detail;
        }

        await using var file = opened.File;
        var partial = $"{path}.dfs-partial";
        try
        {
            TransferEnd end;
            await using (var target = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 0, useAsync: true))
            {
                end = await CopyAsync(file, target, file.SizeBytes);
            }

            if (end.Outcome != DfsOutcome.Done)
            {
                return end.Detail;
            }

            File.Move(partial, path, overwrite: true);
            return $"fetched {key.Name} ({end.WrittenBytes} bytes) to {path}";
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<TransferEnd> CopyAsync(IOpenFile file, Stream target, long countBytes)
    {
        var writer = PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true));
        var end = await file.CopyToAsync(writer, 0, countBytes, default);
        await writer.CompleteAsync();
        return end;
    }

    private async Task<string> RemoveAsync(ObjectKey key)
    {
        var result = await _files.RemoveAsync(key, default);
        return result.Outcome == DfsOutcome.Done ? $"removed {key.Name}" : result.Detail;
    }

    private async Task<string> VersionsAsync(ObjectKey key)
    {
        var found = await _files.Versions.ListAsync(key, IVersions.ListedByDefault, default);
        return found.Outcome != DfsOutcome.Done ? found.Detail : string.Join('\n', found.Versions.Select(VersionText.Line));
    }

    private async Task<string> RestoreAsync(ObjectKey key, string version)
    {
        if (!VersionId.TryParse(version, out var id))
        {
            return VersionText.NotAnId(version);
        }

        var result = await _files.Versions.RestoreAsync(key, id, default);
        return result.Outcome == DfsOutcome.Done ? $"restored {key.Name} ({result.SizeBytes} bytes)" : result.Detail;
    }

    private async Task<string> BucketsAsync()
    {
        var found = await _files.Buckets.ListAsync(default);
        return found.Outcome != DfsOutcome.Done ? found.Detail : string.Join('\n', found.Buckets.Select(bucket =>
            $"{bucket.Name}  {string.Join("  ", BucketChange.Words(bucket.Settings).Select(word => $"{word.Key}={word.Value}"))}"));
    }

    private async Task<string> ListAsync(ConsoleCommand.List list)
    {
        var page = await _files.ListAsync(ObjectKey.DefaultBucket, new ListOptions { Prefix = list.Prefix, After = list.After }, default);
        var lines = page.Entries.Select(entry => $"{entry.SizeBytes,15}  {entry.Name}");
        return page.Outcome != DfsOutcome.Done ? page.Detail
            : page.Entries.Count == 0 ? "no files"
            : string.Join('\n', page.IsTruncated ? lines.Append($"there are more: ls,{Quoted(list.Prefix)},{Quoted(page.Next!)}") : lines);
    }

    private static string Quoted(string part) => $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
