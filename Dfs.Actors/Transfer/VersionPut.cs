using Dfs.Actors.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>Makes a manifest whose pieces are stored the current version of a file.</summary>
internal sealed class VersionPut(TransferOptions options, UnlockedOwner owner, ObjectKey key, PutOptions put)
{
    /// <param name="place">Of the new version's manifest.</param>
    /// <exception cref="TransferException">It was not made, or nobody can say.</exception>
    public async Task RunAsync(EnvelopeContext place, VersionKey versionKey, BuiltManifest manifest)
    {
        // Asked now, because the content may have taken long: what is stored after a snapshot says so.
        var settings = await options.Buckets.SettingsOrDefaultOfAsync(key).ConfigureAwait(false);
        var bucket = owner.Bucket(key.Bucket);
        var wish = new HeadPut
        {
            Cluster = place.Cluster,
            Bucket = bucket.Id,
            Register = place.Register,
            Owner = owner.PublicKey,
            Operation = OwnerSession.NewOperation(),
            Version = HeadVersion.Of(place.Version, OwnerSession.SlotOf(versionKey, bucket, place), manifest),
            Name = SealedName.Seal(
                bucket.Listing, place with { Kind = EnvelopeKind.Name, Version = default }, OwnerSession.Fresh(), key),
            Condition = put.Condition,
            KeepsVersions = settings.IsVersioned,
            Retention = settings.Retention,
        };
        HeadChanges.ThrowUnlessDone(await HistoryChanges.AddVersionAsync(
            options, bucket, place.Register, wish.Operation,
            (current, floor) => HeadTransition.Put(current, wish with { CounterFloor = floor })).ConfigureAwait(false));
    }
}
