using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Takes out of the histories of an owner's files what no rule of their bucket keeps and no snapshot needs.</summary>
/// <remarks>
/// Nodes of one owner may do it at the same time: a change that another made first finds nothing to do. What is old is told by
/// the median of the nodes' clocks; while too few of them answer, rules of time let nothing go. Thread-safe.
/// </remarks>
public sealed class RetentionPass(TransferOptions parts, NameIndex names, ReplicaId self, PeerClient peers, PeerDirectory directory)
{
    /// <summary>Four heads at once: it is in no hurry, and leaves the disks to clients.</summary>
    private const int HeadsAtOnceMax = 4;

    /// <summary>Somebody keeps changing the file: the next pass finds it again.</summary>
    private const int AttemptsMax = 4;

    private readonly HeadReader _heads = new(parts);
    private readonly FileVersions _versions = new(parts);
    private readonly ClusterClock _clock = new(self, parts.Layout, peers, directory, parts.Time);

    /// <returns>How many versions were let go.</returns>
    /// <exception cref="TransferException">Locked, no quorum somewhere, or a history that is not authentic.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var listed = await parts.Buckets.ListAsync(cancellationToken);
        var buckets = listed.Buckets.Where(bucket => bucket.Settings is { IsVersioned: true, Keep.IsNone: false }).ToList();
        if (listed.Outcome != DfsOutcome.Done || buckets.Count == 0)
        {
            return listed.Outcome == DfsOutcome.Done ? 0 : throw new TransferException(listed.Outcome, listed.Detail);
        }

        var now = await _clock.NowAsync(cancellationToken);
        var expired = 0L;
        foreach (var bucket in buckets.Where(bucket => now is not null || bucket.Settings.Keep.For == TimeSpan.Zero))
        {
            await Parallel.ForEachAsync(
                names.HeadsAsync(bucket.Name, withHistory: true, cancellationToken),
                new ParallelOptions { MaxDegreeOfParallelism = HeadsAtOnceMax, CancellationToken = cancellationToken },
                async (head, token) => Interlocked.Add(
                    ref expired, await ExpireAsync(bucket.Name, head, bucket.Settings, now?.ToUnixTimeMilliseconds() ?? 0, token)));
        }

        return expired;
    }

    private async Task<int> ExpireAsync(
        string bucket, Head? head, BucketSettings settings, long nowUnixMs, CancellationToken cancellationToken)
    {
        var gone = 0;
        for (var attempt = 0; attempt < AttemptsMax && head is { IsRemoved: false }; attempt++)
        {
            if (head.HasReplacedNull)
            {
                using var owner = parts.Owner.Use();
                await HistoryChanges.DropReplacedAsync(parts, owner.Bucket(bucket), head);
                head = await _heads.ReadAsync(head.Register, head.Owner, cancellationToken);
                continue;
            }

            var dated = new List<DatedVersion>();
            await foreach (var found in _versions.AllAsync(bucket, head, cancellationToken))
            {
                var isTimeAsked = settings.Keep.For > TimeSpan.Zero;
                var manifest = isTimeAsked ? await _versions.OpenAsync(bucket, head, found, cancellationToken) : null;
                dated.Add(new DatedVersion(found.Version.Id, found.Version.Stamp, manifest?.Facts.ModifiedUnixMs ?? 0, found.Version.Lock));
            }

            var key = new LockKey(nowUnixMs, OpensGovernance: false);
            var expired = settings.Retention.Expired(dated, nowUnixMs);
            if (expired.IsEmpty)
            {
                gone += await TryForgetAsync(head, dated);
                break;
            }

            // What is in the head goes first; then, with the head as it is by then, what is in pages.
            var inHead = head.Versions.Count(version => expired.Contains(version.Id));
            var outcome = inHead > 0
                ? await ChangeAsync(head, (current, operation) => HeadTransition.Expire(current, head.Owner, operation, expired, key))
                : await ExpirePagesAsync(bucket, head, expired, key, cancellationToken);
            gone += outcome is not ChangeDone ? 0 : inHead > 0 ? inHead : expired.Count;
            head = await _heads.ReadAsync(head.Register, head.Owner, cancellationToken);
        }

        return gone;
    }

    private async Task<ProposerOutcome> ExpirePagesAsync(
        string bucket, Head head, IReadOnlySet<VersionId> expired, LockKey key, CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        var plan = await _versions.PagesOf(owner.Bucket(bucket), cancellationToken).WithoutAsync(head, expired, key);
        return await HistoryChanges.CommitAsync(parts, head, plan!);
    }

    // A file of which only the mark is left that it was deleted.
    private async Task<int> TryForgetAsync(Head head, List<DatedVersion> dated) =>
        dated.Count == 1 && head.Current is { IsDeleteMarker: true } marker
        && await ChangeAsync(head, (current, operation) => HeadTransition.RemoveVersion(current, head.Owner, operation, marker.Id, LockKey.None)) is ChangeDone
            ? 1
            : 0;

    private async Task<ProposerOutcome> ChangeAsync(Head head, Func<Head?, OperationId, HeadChange> decide)
    {
        var operation = OwnerSession.NewOperation();
        return await HeadChanges.ChangeAsync(parts, head.Register, operation, (current, _) => decide(current, operation));
    }
}
