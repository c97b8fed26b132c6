using Dfs.Client;
using Dfs.Core.Manifests;

namespace Dfs.Tests.Shell;

/// <summary>Buckets in memory.</summary>
internal sealed class FakeBuckets : IBuckets
{
    private readonly SortedDictionary<string, BucketSettings> _buckets = new(StringComparer.Ordinal);

    public Task<BucketsResult> ListAsync(CancellationToken cancellationToken) => Task.FromResult(new BucketsResult(
        DfsOutcome.Done, [.. _buckets.Select(bucket => new BucketEntry(bucket.Key, bucket.Value))], ""));

    public Task<BucketResult> ShowAsync(string bucket, CancellationToken cancellationToken) => SetAsync(bucket, BucketChange.None, cancellationToken);

    public Task<BucketResult> CreateAsync(string bucket, BucketChange settings, CancellationToken cancellationToken)
    {
        _buckets.Add(bucket, BucketSettings.Default);
        return SetAsync(bucket, settings, cancellationToken);
    }

    public Task<BucketResult> CreateAsync(string bucket, BucketSettings settings, CancellationToken cancellationToken)
    {
        _buckets.Add(bucket, settings);
        return ShowAsync(bucket, cancellationToken);
    }

    public Task<BucketResult> ChangeAsync(string bucket, Func<BucketSettings, BucketSettings> change, CancellationToken cancellationToken)
    {
        _buckets[bucket] = change(_buckets[bucket]);
        return ShowAsync(bucket, cancellationToken);
    }

    public Task<BucketResult> SetAsync(string bucket, BucketChange change, CancellationToken cancellationToken)
    {
        _buckets[bucket] = change.ApplyTo(_buckets[bucket]);
        return Task.FromResult(new BucketResult(DfsOutcome.Done, new BucketEntry(bucket, _buckets[bucket]), ""));
    }

    public Task<BucketResult> RemoveAsync(string bucket, CancellationToken cancellationToken)
    {
        var gone = new BucketEntry(bucket, _buckets[bucket]);
        _buckets.Remove(bucket);
        return Task.FromResult(new BucketResult(DfsOutcome.Done, gone, ""));
    }
}
