using System.IO.Pipelines;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;

namespace Dfs.Client.Http;

/// <summary>The store behind a node's admin interface, as programs and the console use it.</summary>
internal sealed class RemoteClient(NodeFiles node) : IDfsClient
{
    public ISnapshots Snapshots { get; } = new RemoteSnapshots(node);

    public ISubscriptions Subscriptions { get; } = new RemoteSubscriptions(node);

    public IBuckets Buckets { get; } = new RemoteBuckets(node);

    public ICompositions Compositions { get; } = new RemoteCompositions();

    public ILocks Locks { get; } = new RemoteLocks();

    public IVersions Versions { get; } = new RemoteVersions(node);

    public IShares Shares { get; } = new RemoteShares(node);

    public async Task<PutResult> PutAsync(
        ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken)
    {
        using var body = new SourceContent(content, options.SizeBytes);
        body.Headers.TryAddWithoutValidation("Content-Type", options.ContentType);
        try
        {
            return PutResultOf(await node.PutAsync(key.Bucket, key.Name, body, options, cancellationToken));
        }
        catch (DfsException) when (body.SourceFailure is not null)
        {
            return PutResult.Refused(DfsOutcome.SourceFailed, $"The content's source failed; nothing was stored. {body.SourceFailure}");
        }
        catch (DfsException refused)
        {
            return PutResult.Refused(refused.Outcome, refused.Message);
        }
        finally
        {
            await content.CompleteAsync();
        }
    }

    public async Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await RemoteFile.OpenAsync(
                (range, same, token) => node.GetAsync(key.Bucket, key.Name, null, null, range, same, token), cancellationToken);
        }
        catch (DfsException refused)
        {
            return OpenResult.Refused(refused.Outcome, refused.Message);
        }
    }

    public async Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.RemoveAsync(key.Bucket, key.Name, cancellationToken);
            return new RemoveResult(answer.Outcome, answer.Detail);
        }
        catch (DfsException refused)
        {
            return new RemoveResult(refused.Outcome, refused.Message);
        }
    }

    public async Task<ListPage> ListAsync(string bucket, ListOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return PageOf(await node.ListAsync(bucket, options, cancellationToken));
        }
        catch (DfsException refused)
        {
            return ListPage.Refused(refused.Outcome, refused.Message);
        }
    }

    internal static ListPage PageOf(AdminListing listing) => new(
        listing.Outcome, [.. listing.Entries.Select(EntryOf)], listing.CommonPrefixes, listing.IsTruncated, listing.Next, listing.Detail);

    internal static FileEntry EntryOf(AdminFile file) => new(
        file.Name, file.SizeBytes, file.ModifiedAt, file.ETag, VersionId.TryParse(file.Version, out var version) ? version : default, file.IsRemoved);

    internal static PutResult PutResultOf(AdminAnswer answer) => new(
        answer.Outcome, answer.SizeBytes, VersionId.TryParse(answer.Version, out var version) ? version : default, answer.Detail)
    {
        FoundBytes = answer.FoundBytes,
    };
}
