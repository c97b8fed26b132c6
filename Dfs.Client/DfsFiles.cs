using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>A store's files with streams in place of pipes, and with a <see cref="DfsException"/> in place of every outcome but "done".</summary>
/// <remarks>
/// Thread-safe. Sizes and offsets are in bytes. Memory per transfer is bounded, whatever the file's size. Cancellation throws
/// <see cref="OperationCanceledException"/>; what was cancelled may have been done, unless it only reads.
/// </remarks>
public sealed class DfsFiles(IDfsClient store)
{
    /// <summary>A key of a bucket.</summary>
    /// <exception cref="ArgumentException">It is none: a name has 1 to 1,024 bytes of UTF-8, a bucket 3 to 63 letters, digits, '-' and '.'.</exception>
    public static ObjectKey Key(string name, string bucket = ObjectKey.DefaultBucket) =>
        ObjectKey.TryCreate(bucket, name, out var key, out var refusal) ? key : throw new ArgumentException(refusal);

    /// <summary>Stores what the stream has from where it is to its end, in place of what the key had.</summary>
    /// <param name="content">Left open, at its end.</param>
    /// <param name="options">Type, metadata, conditions; without <see cref="PutOptions.SizeBytes"/> the size is asked of a stream that can seek.</param>
    /// <returns>When a majority of replicas has everything durable.</returns>
    /// <exception cref="DfsException">
    /// PreconditionFailed when a condition does not hold, NotFound when there is no such bucket, SourceFailed when the stream ended early or
    /// threw; of these nothing was stored. Indeterminate when it may have been: read to find out.
    /// </exception>
    public async Task<PutResult> StoreAsync(
        ObjectKey key, Stream content, PutOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= PutOptions.Default;
        var sized = options.SizeBytes is null && content.CanSeek ? options with { SizeBytes = content.Length - content.Position } : options;
        var result = await store.PutAsync(
            key, PipeReader.Create(content, new StreamPipeReaderOptions(bufferSize: PieceBytes, leaveOpen: true)), sized, cancellationToken);
        Require(result.Outcome, result.Detail);
        return result;
    }

    /// <summary>Opens a version: its size, type, time and metadata, and its content by <see cref="OpenFileReading"/>.</summary>
    /// <param name="version">Null is the current one.</param>
    /// <returns>What the caller disposes of.</returns>
    /// <exception cref="DfsException">NotFound; Damaged when no replica has an intact copy; NoQuorum and others that are temporary.</exception>
    public async Task<IOpenFile> OpenAsync(ObjectKey key, VersionId? version = null, CancellationToken cancellationToken = default)
    {
        var opened = version is { } wanted
            ? await store.Versions.OpenAsync(key, wanted, cancellationToken)
            : await store.OpenAsync(key, cancellationToken);
        Require(opened.Outcome, opened.Detail);
        return opened.File!;
    }

    /// <summary>Writes a version, or a part of it, to a stream.</summary>
    /// <param name="target">Left open.</param>
    /// <param name="countBytes">At most so many; null for all from the offset on.</param>
    /// <param name="version">Null is the current one.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="DfsException">As <see cref="OpenAsync"/>; what was written until then is right, and not all.</exception>
    public async Task<long> GetAsync(
        ObjectKey key, Stream target, long offsetBytes = 0, long? countBytes = null, VersionId? version = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        await using var file = await OpenAsync(key, version, cancellationToken);
        var leftBytes = Math.Max(0, file.SizeBytes - offsetBytes);
        var writer = PipeWriter.Create(target, new StreamPipeWriterOptions(minimumBufferSize: PieceBytes, leaveOpen: true));
        var end = await file.CopyToAsync(writer, offsetBytes, Math.Min(countBytes ?? leftBytes, leftBytes), cancellationToken);
        await writer.CompleteAsync();
        Require(end.Outcome, end.Detail);
        return end.WrittenBytes;
    }

    /// <summary>Removes the file; in a bucket that keeps versions what was there can be restored.</summary>
    /// <param name="onlyIfVersion">Only if it is the current one; null for any.</param>
    /// <exception cref="DfsException">NotFound; PreconditionFailed when another version is the current one.</exception>
    public async Task RemoveAsync(ObjectKey key, VersionId? onlyIfVersion = null, CancellationToken cancellationToken = default)
    {
        var result = onlyIfVersion is { } version
            ? await store.Versions.RemoveCurrentAsync(key, version, cancellationToken)
            : await store.RemoveAsync(key, cancellationToken);
        Require(result.Outcome, result.Detail);
    }

    /// <summary>The bucket's files whose names begin so, in the ordinal order of their UTF-8; sees every write acknowledged before the call.</summary>
    /// <exception cref="DfsException">NoQuorum and others that are temporary: what came until then is right, and not all.</exception>
    public async IAsyncEnumerable<FileEntry> ListAsync(
        string prefix = "", string bucket = ObjectKey.DefaultBucket, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var options = ListOptions.All with { Prefix = prefix };
        ListPage page;
        do
        {
            page = await store.ListAsync(bucket, options, cancellationToken);
            Require(page.Outcome, page.Detail);
            foreach (var file in page.Entries)
            {
                yield return file;
            }

            options = options with { After = page.Next };
        }
        while (page.IsTruncated);
    }

    /// <summary>The newest versions of a file, newest first, with delete markers; one where the bucket keeps none.</summary>
    /// <exception cref="DfsException">NotFound when it has none.</exception>
    public async Task<IReadOnlyList<VersionEntry>> VersionsAsync(
        ObjectKey key, int countMax = ListOptions.CountLimit, CancellationToken cancellationToken = default)
    {
        var result = await store.Versions.ListAsync(key, countMax, cancellationToken);
        Require(result.Outcome, result.Detail);
        return result.Versions;
    }

    /// <summary>What is stored and removed below a prefix, on any node, as it happens; a second or two late.</summary>
    /// <remarks>
    /// At least once, each file's changes in their order; of several changes of a file that follow one another quickly the last one is
    /// told. With <see cref="SubscribeOptions.Subscriber"/> a place is kept: what a loop's body has come back from is acknowledged, durably, page by
    /// page, and what it has not comes again, also after a crash of the program or the node. A node that does not answer is asked again, and the
    /// <see cref="SubscribeOptions.Others"/> in turn. Goes on until it is cancelled.
    /// </remarks>
    /// <exception cref="DfsException">Something that will not pass: NotAllowed, PreconditionFailed.</exception>
    public IAsyncEnumerable<FileChange> SubscribeAsync(
        string prefix = "", SubscribeOptions? options = null, CancellationToken cancellationToken = default) =>
        FileSubscription.FollowAsync(store, prefix, options ?? new SubscribeOptions(), cancellationToken);

    /// <summary>64 KiB: pieces in which streams are read and written.</summary>
    internal const int PieceBytes = 64 * 1024;

    internal static void Require(DfsOutcome outcome, string detail)
    {
        if (outcome != DfsOutcome.Done)
        {
            throw new DfsException(outcome, detail);
        }
    }
}
