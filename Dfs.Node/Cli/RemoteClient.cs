using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary>The store behind a node's admin interface, as the console uses it.</summary>
internal sealed class RemoteClient(NodeClient node) : IDfsClient
{
    public ISnapshots Snapshots { get; } = new RemoteSnapshots(node);

    public IBuckets Buckets { get; } = new RemoteBuckets(node);

    public ICompositions Compositions { get; } = new RemoteCompositions();

    public ILocks Locks => throw new NotSupportedException("locks are set through the S3 interface");

    public IVersions Versions { get; } = new RemoteVersions(node);

    public IShares Shares { get; } = new RemoteShares(node);

    public async Task<PutResult> PutAsync(
        ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var body = new ProgressContent(content.AsStream(), options.SizeBytes, static _ => { });
            body.Headers.TryAddWithoutValidation("Content-Type", options.ContentType);
            var answer = await node.PutAsync(key.Bucket, key.Name, body, options, cancellationToken);
            return PutResultOf(answer);
        }
        catch (CliException refused)
        {
            return PutResult.Refused(OutcomeOf(refused), refused.Message);
        }
    }

    public async Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            return new OpenResult(
                DfsOutcome.Done, new RemoteFile(await node.GetAsync(key.Bucket, key.Name, cancellationToken)), "");
        }
        catch (CliException refused)
        {
            return OpenResult.Refused(OutcomeOf(refused), refused.Message);
        }
    }

    public async Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.RemoveAsync(key.Bucket, key.Name, cancellationToken);
            return new RemoveResult(answer.Outcome, answer.Detail);
        }
        catch (CliException refused)
        {
            return new RemoveResult(OutcomeOf(refused), refused.Message);
        }
    }

    public async Task<ListPage> ListAsync(string bucket, ListOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return PageOf(await node.ListAsync(bucket, options, cancellationToken));
        }
        catch (CliException refused)
        {
            return ListPage.Refused(OutcomeOf(refused), refused.Message);
        }
    }

    internal static ListPage PageOf(AdminListing listing) => new(
        listing.Outcome,
        [.. listing.Entries.Select(file => new FileEntry(
            file.Name, file.SizeBytes, file.ModifiedAt, file.ETag, VersionId.TryParse(file.Version, out var version) ? version : default))],
        listing.CommonPrefixes, listing.IsTruncated, listing.Next, listing.Detail);

    internal static PutResult PutResultOf(AdminAnswer answer) => new(
        answer.Outcome, answer.SizeBytes, VersionId.TryParse(answer.Version, out var version) ? version : default, answer.Detail);

    internal static DfsOutcome OutcomeOf(CliException refused) => refused.Outcome ?? refused.ExitCode switch
    {
        ExitCode.NotFound => DfsOutcome.NotFound,
        ExitCode.TryAgain => DfsOutcome.NoQuorum,
        ExitCode.Keyring => DfsOutcome.Locked,
        ExitCode.NotAllowed or ExitCode.Unauthorized => DfsOutcome.NotAllowed,
        ExitCode.Indeterminate => DfsOutcome.Indeterminate,
        _ => DfsOutcome.Failed,
    };

    /// <summary>A download that has begun; it can be read once, from its beginning.</summary>
    internal sealed class RemoteFile(HttpResponseMessage response) : IOpenFile
    {
        public long SizeBytes => response.Content.Headers.ContentLength ?? 0;

        public string ContentType => response.Content.Headers.ContentType?.MediaType ?? PutOptions.Default.ContentType;

        public DateTimeOffset ModifiedAt => response.Content.Headers.LastModified ?? default;

        public FileFacts Facts =>
            FileFacts.None with { ContentType = ContentType, ModifiedUnixMs = ModifiedAt.ToUnixTimeMilliseconds() };

        public VersionId Version =>
            VersionId.TryParse((response.Headers.ETag?.Tag ?? "").AsSpan().Trim('"'), out var version) ? version : default;

        public async Task<TransferEnd> CopyToAsync(
            PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken)
        {
            Invariant.Holds(offsetBytes == 0, "a remote download is read from its beginning");
            await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
            var writtenBytes = 0L;
            try
            {
                while (writtenBytes < countBytes)
                {
                    var memory = target.GetMemory(64 * 1024);
                    var read = await source.ReadAsync(memory[..(int)Math.Min(memory.Length, countBytes - writtenBytes)], cancellationToken);
                    target.Advance(read);
                    await target.FlushAsync(cancellationToken);
                    writtenBytes += read;
                    if (read == 0)
                    {
                        break;
                    }
                }
            }
            catch (Exception error) when (error is HttpIOException or IOException)
            {
                return new TransferEnd(DfsOutcome.Damaged, writtenBytes, "The download broke off; the node's log says why.");
            }

            return new TransferEnd(DfsOutcome.Done, writtenBytes, "");
        }

        public ValueTask DisposeAsync()
        {
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
