using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Removes a file: down to a tombstone, or with a delete marker where versions are kept.</summary>
internal static class FileRemoval
{
    /// <summary>Puts a delete marker in front of whatever is there; a bucket that keeps no versions has the file removed.</summary>
    /// <inheritdoc cref="RunAsync" path="/remarks"/>
    public static Task<RemoveResult> MarkAsync(TransferOptions parts, HeadReader heads, ObjectKey key, HeadCondition condition) => Answers.AnswerAsync(
        parts.Answers, async () =>
        {
            using var owner = parts.Owner.Use();
            var settings = await parts.Buckets.SettingsOrDefaultOfAsync(key);
            if (!settings.IsVersioned)
            {
                return await RunAsync(parts, heads, key, condition);
            }

            var (bucket, marker) = (owner.Bucket(key.Bucket), heads.NewMarker(key, settings.StoresNull));
            var cluster = parts.Layout()?.Cluster ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
            var place = new EnvelopeContext(EnvelopeKind.Name, cluster, bucket.Id, bucket.TokenOf(key), default);
            var wish = new HeadPut
            {
                Cluster = cluster,
                Bucket = bucket.Id,
                Register = place.Register,
                Owner = owner.PublicKey,
                Operation = OwnerSession.NewOperation(),
                Version = marker,
                Name = SealedName.Seal(bucket.Listing, place, OwnerSession.Fresh(), key),
                Condition = condition,
                KeepsVersions = true,
                Retention = settings.Retention,
            };
            HeadChanges.ThrowUnlessDone(await HistoryChanges.AddVersionAsync(
                parts, bucket, place.Register, wish.Operation, (current, floor) => HeadTransition.Put(current, wish with { CounterFloor = floor })));
            return new RemoveResult(DfsOutcome.Done, "", marker.Id);
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    /// <remarks>Not cancelled with the client: a change that was sent off is seen through, so that the answer is true.</remarks>
    public static Task<RemoveResult> RunAsync(TransferOptions parts, HeadReader heads, ObjectKey key, HeadCondition condition) => Answers.AnswerAsync(
        parts.Answers, async () =>
        {
            using var owner = parts.Owner.Use();
            var settings = await parts.Buckets.SettingsOrDefaultOfAsync(key);
            var wish = new HeadRemove(
                owner.PublicKey, OwnerSession.NewOperation(), condition, settings.IsVersioned ? heads.NewMarker(key, settings.StoresNull) : null,
                settings.Retention);
            var bucket = owner.Bucket(key.Bucket);
            HeadChanges.ThrowUnlessDone(await HistoryChanges.AddVersionAsync(
                parts, bucket, bucket.TokenOf(key), wish.Operation, (current, _) => HeadTransition.Remove(current, wish)));
            return new RemoveResult(DfsOutcome.Done, "", wish.Marker?.Id);
        },
        (outcome, detail) => new RemoveResult(outcome, detail));
}
