using Dfs.Core.Manifests;

namespace Dfs.Client;

/// <summary>The buckets of this node's owner, and how their files are kept.</summary>
/// <remarks>
/// Thread-safe; outcomes are values. Names are checked by the caller (<see cref="Core.Primitives.ObjectKey.BucketRefusal"/>).
/// A change is answered when no node uses the old settings any more.
/// </remarks>
public interface IBuckets
{
    /// <summary>All buckets in ordinal order; sees every change that was acknowledged before the call.</summary>
    Task<BucketsResult> ListAsync(CancellationToken cancellationToken);

    /// <returns>NotFound when nobody made it.</returns>
    Task<BucketResult> ShowAsync(string bucket, CancellationToken cancellationToken);

    /// <returns>PreconditionFailed when it is there already.</returns>
    Task<BucketResult> CreateAsync(string bucket, BucketChange settings, CancellationToken cancellationToken);

    /// <summary>Makes a bucket with all of its settings at once; only where the keyring is.</summary>
    Task<BucketResult> CreateAsync(string bucket, BucketSettings settings, CancellationToken cancellationToken);

    Task<BucketResult> SetAsync(string bucket, BucketChange change, CancellationToken cancellationToken);

    /// <summary>Changes settings that have no words for people; only where the keyring is.</summary>
    /// <param name="change">May run again when somebody else changed them in between; what it throws comes out of the call.</param>
    /// <returns>PreconditionFailed when they are more than can be kept.</returns>
    Task<BucketResult> ChangeAsync(string bucket, Func<BucketSettings, BucketSettings> change, CancellationToken cancellationToken);

    /// <summary>Takes an empty bucket off the list; PreconditionFailed while it has files.</summary>
    Task<BucketResult> RemoveAsync(string bucket, CancellationToken cancellationToken);
}

/// <summary>A bucket and its settings.</summary>
/// <param name="ChangedAt">When it was made or its settings were last changed; the beginning of time for the one that is always there.</param>
public sealed record BucketEntry(string Name, BucketSettings Settings, DateTimeOffset ChangedAt = default);

/// <summary>Answer about one bucket. <paramref name="Bucket"/> is there exactly when the outcome is Done.</summary>
public sealed record BucketResult(DfsOutcome Outcome, BucketEntry? Bucket, string Detail);

/// <summary>Answer to a listing of buckets.</summary>
public sealed record BucketsResult(DfsOutcome Outcome, IReadOnlyList<BucketEntry> Buckets, string Detail);
