using System.Net.Http.Headers;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;
using RateLimit = Dfs.Actors.Transfer.RateLimit;

namespace Dfs.Node.Folders;

/// <summary>Stores a file of this machine.</summary>
public static class FileUpload
{
    /// <exception cref="CliException">It cannot be read, changed meanwhile, or the node refused it.</exception>
    public static async Task<AdminAnswer> SendAsync(
        NodeClient client, ObjectKey key, LocalFile file, PutOptions options, bool withDigest, Action<long> progressed, RateLimit limit,
        CancellationToken cancellationToken)
    {
        await using var source = Open(file.Path);
        var sizeBytes = source.Length;
        var answer = await SendAsync(
            client, key, source, sizeBytes, options with { SourceModifiedAt = file.ModifiedAt }, withDigest, progressed, limit, cancellationToken);
        return file.IsAsItWas() && sizeBytes == file.SizeBytes
            ? answer
            : throw new CliException(ExitCode.Failed, "It changed while it was read; what was stored may be of both. Store it again.");
    }

    /// <param name="sizeBytes">Null when nobody knows.</param>
    public static Task<AdminAnswer> SendAsync(
        NodeClient client, ObjectKey key, Stream source, long? sizeBytes, PutOptions options, bool withDigest, Action<long> progressed,
        RateLimit limit, CancellationToken cancellationToken)
    {
        var content = new ProgressContent(source, sizeBytes, progressed, limit);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return client.PutAsync(key.Bucket, key.Name, content, options, withDigest, cancellationToken);
    }

    /// <exception cref="CliException">It cannot be read.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
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
