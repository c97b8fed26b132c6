using System.Collections.Concurrent;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Keys;

namespace Dfs.Gateway.S3.Requests;

/// <summary>Settings of buckets, held for a second, so that not every request asks for them.</summary>
/// <remarks>
/// They decide only how an answer looks (version ids, "no such bucket"); how a file is kept, the store decides by settings of its own.
/// What is not there is not held. Thread-safe.
/// </remarks>
internal sealed class BucketCache(TimeProvider time)
{
    private const int HeldMax = 10_000;

    private static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Owner, string Bucket), (long At, BucketSettings Settings)> _held = new();

    /// <exception cref="S3Exception">There is no such bucket, or nobody can say now.</exception>
    public async Task<BucketSettings> ShowAsync(S3Credential who, string bucket, CancellationToken cancellationToken)
    {
        if (_held.TryGetValue((who.Owner.Id, bucket), out var held) && time.GetElapsedTime(held.At) < HeldFor)
        {
            return held.Settings;
        }

        if (ObjectKey.BucketRefusal(bucket) is not null)
        {
            throw new S3Exception(S3Error.NoSuchBucket);
        }

        var asked = time.GetTimestamp();
        var shown = await who.Client.Buckets.ShowAsync(bucket, cancellationToken);
        S3Outcomes.Require(shown.Outcome, shown.Detail, S3Error.NoSuchBucket);
        if (_held.Count >= HeldMax)
        {
            _held.Clear();
        }

        _held[(who.Owner.Id, bucket)] = (asked, shown.Bucket!.Settings);
        return shown.Bucket.Settings;
    }

    public void Forget(S3Credential who, string bucket) => _held.TryRemove((who.Owner.Id, bucket), out _);
}
