using System.IO.Pipelines;
using System.Net.Http.Headers;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Client.Http;

/// <summary>A version that a node sends.</summary>
/// <remarks>
/// Opening it begins a download of all of it, which the first reading from the beginning takes; any other reading asks for its own range, of
/// this version or none. What is not read stays at the node: nothing here runs ahead of its reader by more than the sockets' buffers.
/// </remarks>
internal sealed class RemoteFile : IOpenFile
{
    private const int PieceBytes = 64 * 1024;

    private readonly Fetch _fetch;
    private HttpResponseMessage? _beginning;

    private RemoteFile(HttpResponseMessage beginning, Fetch fetch)
    {
        (_beginning, _fetch) = (beginning, fetch);
        SizeBytes = beginning.Content.Headers.ContentLength ?? 0;
        ModifiedAt = beginning.Content.Headers.LastModified ?? default;
        Version = VersionId.TryParse((beginning.Headers.ETag?.Tag ?? "").AsSpan().Trim('"'), out var version) ? version : default;
        var facts = FileFacts.None with
        {
            ContentType = beginning.Content.Headers.ContentType?.ToString() ?? PutOptions.Default.ContentType,
            ModifiedUnixMs = ModifiedAt.ToUnixTimeMilliseconds(),
        };
        Facts = UserMetadata.Keep(
            facts, UserMetadata.Of(beginning.Headers.Select(header => KeyValuePair.Create(header.Key, string.Join(", ", header.Value)))));
    }

    /// <summary>Asks for the file, or a part of it if it is this version still.</summary>
    public delegate Task<HttpResponseMessage> Fetch(RangeHeaderValue? range, VersionId? ifVersion, CancellationToken cancellationToken);

    public long SizeBytes { get; }

    public string ContentType => Facts.ContentType;

    public DateTimeOffset ModifiedAt { get; }

    public FileFacts Facts { get; }

    public VersionId Version { get; }

    /// <exception cref="DfsException">It was refused.</exception>
    public static async Task<OpenResult> OpenAsync(Fetch fetch, CancellationToken cancellationToken) =>
        new(DfsOutcome.Done, new RemoteFile(await fetch(null, null, cancellationToken), fetch), "");

    public async Task<TransferEnd> CopyToAsync(PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken)
    {
        if (countBytes == 0)
        {
            return new TransferEnd(DfsOutcome.Done, 0, "");
        }

        try
        {
            using var part = await ReadFromAsync(offsetBytes, countBytes, cancellationToken);
            return await CopyAsync(part, target, countBytes, cancellationToken);
        }
        catch (DfsException refused)
        {
            return new TransferEnd(refused.Outcome, 0, refused.Message);
        }
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _beginning, null)?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<HttpResponseMessage> ReadFromAsync(long offsetBytes, long countBytes, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _beginning, null) is { } beginning)
        {
            if (offsetBytes == 0)
            {
                return beginning;
            }

            beginning.Dispose();
        }

        return await _fetch(new RangeHeaderValue(offsetBytes, offsetBytes + countBytes - 1), Version, cancellationToken);
    }

    private static async Task<TransferEnd> CopyAsync(
        HttpResponseMessage part, PipeWriter target, long countBytes, CancellationToken cancellationToken)
    {
        await using var source = await part.Content.ReadAsStreamAsync(cancellationToken);
        var writtenBytes = 0L;
        while (writtenBytes < countBytes)
        {
            var memory = target.GetMemory(PieceBytes);
            int read;
            try
            {
                read = await source.ReadAsync(memory[..(int)Math.Min(memory.Length, countBytes - writtenBytes)], cancellationToken);
            }
            catch (IOException)
            {
                return new TransferEnd(DfsOutcome.Damaged, writtenBytes, "The download broke off; the node's log says why.");
            }

            target.Advance(read);
            writtenBytes += read;
            if (read == 0 || (await target.FlushAsync(cancellationToken)).IsCompleted)
            {
                break;
            }
        }

        return new TransferEnd(DfsOutcome.Done, writtenBytes, "");
    }
}
