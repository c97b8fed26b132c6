using System.Collections.Concurrent;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Keys;

namespace Dfs.Gateway.S3.Requests;

/// <summary>Finds buckets by their names; settings are held for a second, so that not every request asks for them.</summary>
/// <remarks>
/// A second is as long as <see cref="BucketRegistry.LeaseTime"/>: who changes settings is answered when no node goes by the old ones any
/// more, here as well. How a file is kept, the store decides by settings of its own. What is not there is not held. Thread-safe.
/// </remarks>
internal sealed class BucketCache(IOwners owners, TimeProvider time)
{
    private const int HeldMax = 10_000;

    private readonly ConcurrentDictionary<(string Owner, string Bucket), (long At, BucketSettings Settings)> _held = new();

    /// <summary>
    /// The asker's own bucket of that name, else another owner's: the first in the order of the node's settings. A request that nobody
    /// signed means the first as well.
    /// </summary>
    /// <exception cref="S3Exception">There is no such bucket, or nobody can say now.</exception>
    public async Task<S3Bucket> FindAsync(string bucket, S3Credential? asker, CancellationToken cancellationToken)
    {
        if (ObjectKey.BucketRefusal(bucket) is not null)
        {
            throw new S3Exception(S3Error.NoSuchBucket);
        }

        var isAnyLocked = false;
        foreach (var owner in owners.List().OrderBy(owner => owner.Id != asker?.Owner.Id))
        {
            isAnyLocked |= owner.Locked;
            if (!owner.Locked && owners.Choose(owner.Id).Client is { } client
                && await ShowAsync(owner, client, bucket, cancellationToken) is { } settings)
            {
                return new S3Bucket(bucket, owner, client, settings);
            }
        }

        throw new S3Exception(isAnyLocked
            ? S3Error.ServiceUnavailable.Saying("None of the unlocked owners has such a bucket; a keyring of this node is locked.")
            : S3Error.NoSuchBucket);
    }

    /// <summary>The name of an owner of this node.</summary>
    /// <returns>Null when none has that id.</returns>
    public string? NameOf(string ownerId) => owners.List().FirstOrDefault(owner => owner.Id == ownerId)?.Name;

    public void Forget(S3Bucket bucket) => _held.TryRemove((bucket.Owner.Id, bucket.Name), out _);

    private async Task<BucketSettings?> ShowAsync(OwnerStatus owner, IDfsClient client, string bucket, CancellationToken cancellationToken)
    {
        if (_held.TryGetValue((owner.Id, bucket), out var held) && time.GetElapsedTime(held.At) < BucketRegistry.LeaseTime)
        {
            return held.Settings;
        }

        var asked = time.GetTimestamp();
        var shown = await client.Buckets.ShowAsync(bucket, cancellationToken);
        if (shown.Outcome == DfsOutcome.NotFound)
        {
            return null;
        }

        S3Outcomes.Require(shown.Outcome, shown.Detail, S3Error.NoSuchBucket);
        if (_held.Count >= HeldMax)
        {
            _held.Clear();
        }

        _held[(owner.Id, bucket)] = (asked, shown.Bucket!.Settings);
        return shown.Bucket.Settings;
    }
}
