using Dfs.Actors.Transfer;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Removes a file: down to a tombstone, or with a delete marker where versions are kept.</summary>
internal static class FileRemoval
{
    /// <remarks>Not cancelled with the client: a change that was sent off is seen through, so that the answer is true.</remarks>
    public static async Task<RemoveResult> RunAsync(TransferOptions parts, HeadReader heads, ObjectKey key, HeadCondition condition)
    {
        try
        {
            using var owner = parts.Owner.Use();
            var settings = await parts.Buckets.SettingsOrDefaultOfAsync(key);
            var wish = new HeadRemove(
                owner.PublicKey, OwnerSession.NewOperation(), condition, settings.IsVersioned ? heads.NewMarker(key) : null,
                settings.Retention);
            var bucket = owner.Bucket(key.Bucket);
            HeadChanges.ThrowUnlessDone(await HistoryChanges.AddVersionAsync(
                parts, bucket, bucket.TokenOf(key), wish.Operation, (current, _) => HeadTransition.Remove(current, wish)));
            return new RemoveResult(DfsOutcome.Done, "", wish.Marker?.Id);
        }
        catch (TransferException error)
        {
            return new RemoveResult(error.Outcome, error.Message);
        }
    }
}
