using Dfs.Core.Manifests;

namespace Dfs.Client.Http;

/// <summary>The buckets behind a node's admin interface.</summary>
internal sealed class RemoteBuckets(NodeFiles node) : IBuckets
{
    public async Task<BucketsResult> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.BucketsAsync(cancellationToken);
            return new BucketsResult(answer.Outcome, [.. answer.Buckets.Select(EntryOf)], answer.Detail);
        }
        catch (DfsException refused)
        {
            return new BucketsResult(refused.Outcome, [], refused.Message);
        }
    }

    public Task<BucketResult> ShowAsync(string bucket, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, bucket, null, cancellationToken);

    public Task<BucketResult> CreateAsync(string bucket, BucketChange settings, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Put, bucket, settings, cancellationToken);

    public Task<BucketResult> CreateAsync(string bucket, BucketSettings settings, CancellationToken cancellationToken) => OnlyAtTheNodeAsync();

    public Task<BucketResult> ChangeAsync(string bucket, Func<BucketSettings, BucketSettings> change, CancellationToken cancellationToken) =>
        OnlyAtTheNodeAsync();

    public Task<BucketResult> SetAsync(string bucket, BucketChange change, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Patch, bucket, change, cancellationToken);

    public Task<BucketResult> RemoveAsync(string bucket, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Delete, bucket, null, cancellationToken);

    private static Task<BucketResult> OnlyAtTheNodeAsync() =>
        Task.FromResult(new BucketResult(DfsOutcome.NotAllowed, null, "Only a node itself can do that; its S3 endpoint offers it."));

    private async Task<BucketResult> AskAsync(HttpMethod method, string bucket, BucketChange? change, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.BucketAsync(method, bucket, change?.Wishes, cancellationToken);
            return new BucketResult(answer.Outcome, EntryOf(answer.Buckets[0]), answer.Detail);
        }
        catch (DfsException refused)
        {
            return new BucketResult(refused.Outcome, null, refused.Message);
        }
    }

    private static BucketEntry EntryOf(AdminBucket bucket) =>
        BucketChange.TryCreate(bucket.Settings, out var settings, out var refusal)
            ? new BucketEntry(bucket.Name, settings.ApplyTo(BucketSettings.Default))
            : throw new DfsException(DfsOutcome.Failed, $"The node is of another version than this program: {refusal}");
}
