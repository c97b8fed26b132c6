using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Transfer;

/// <summary>Makes a manifest whose pieces are stored the current version of a file.</summary>
internal sealed class VersionPut(TransferOptions options, UnlockedOwner owner, ObjectKey key, PutOptions put)
{
    /// <param name="place">Of the new version's manifest.</param>
    /// <param name="pinned">The epoch at which the placing of its chunks began; null when other files brought them.</param>
    /// <returns>False when another put of the same operation was made instead.</returns>
    /// <exception cref="TransferException">It was not made, or nobody can say.</exception>
    public async Task<bool> RunAsync(EnvelopeContext place, VersionKey versionKey, BuiltManifest manifest, Epoch? pinned)
    {
        // Asked now, because the content may have taken long: what is stored after a snapshot says so.
        var settings = await options.Buckets.SettingsOrDefaultOfAsync(key).ConfigureAwait(false);
        var bucket = owner.Bucket(key.Bucket);
        var version = HeadVersion.Of(place.Version, OwnerSession.SlotOf(versionKey, bucket, place), manifest);
        var wish = new HeadPut
        {
            Cluster = place.Cluster,
            Bucket = bucket.Id,
            Register = place.Register,
            Owner = owner.PublicKey,
            Operation = put.Operation ?? OwnerSession.NewOperation(),
            Version = LockRule.Of(settings) is { } locks ? version.WithLock(locks.LockOf(put.Lock, options.Time.GetUtcNow().ToUnixTimeMilliseconds()))
                : put.Lock is not null ? throw new TransferException(DfsOutcome.PreconditionFailed, "Files of this bucket cannot be locked.")
                : settings.StoresNull ? version.AsNull() : version,
            Name = SealedName.Seal(
                bucket.Listing, place with { Kind = EnvelopeKind.Name, Version = default }, OwnerSession.Fresh(), key),
            Condition = put.Condition,
            KeepsVersions = settings.IsVersioned,
            Retention = settings.Retention,
        };
        if (manifest.References == ReferenceList.Empty)
        {
            return IsThis(await ProposeAsync(bucket, wish, null).ConfigureAwait(false));
        }

        // Asked before anything is proposed, because then the answer is certain; a proposal that is overtaken finds out by its id.
        pinned = await ProtectedAsync(manifest.References, pinned).ConfigureAwait(false);
        var outcome = await ProposeAsync(bucket, wish, pinned).ConfigureAwait(false);
        if (outcome is EpochPassed { MayHaveTakenEffect: var mayBeDone })
        {
            try
            {
                pinned = await ProtectedAsync(manifest.References, pinned).ConfigureAwait(false);
            }
            catch (TransferException) when (mayBeDone)
            {
                HeadChanges.ThrowUnlessDone(new Indeterminate());
            }

            outcome = CatalogClient.After(mayBeDone, await ProposeAsync(bucket, wish, pinned).ConfigureAwait(false));
        }

        return IsThis(outcome);

        bool IsThis(ProposerOutcome ended)
        {
            HeadChanges.ThrowUnlessDone(ended);
            return put.Operation is null
                || (HeadCodec.TryDecode(((ChangeDone)ended).Value.Span, out var signed) && signed.Head.Versions.Any(kept => kept.Id == place.Version));
        }
    }

    private Task<ProposerOutcome> ProposeAsync(BucketKeys bucket, HeadPut wish, Epoch? pinned) => HistoryChanges.AddVersionAsync(
        options, bucket, wish.Register, wish.Operation,
        (current, floor) => HeadTransition.Put(current, wish with { CounterFloor = floor }), pinned);

    private async Task<Epoch> ProtectedAsync(ReferenceList references, Epoch? pinned)
    {
        var now = options.Chunks.Epoch;
        return pinned is { } epoch && GarbageRule.IsProtected(epoch, now) ? epoch
            : await TryPinAsync(references, now).ConfigureAwait(false) ? now
            : throw new TransferException(
                DfsOutcome.Busy, "A part of the content was collected as garbage before the file referred to it. Nothing was changed; try again.");
    }

    // Two collections went by since an upload began, or other files brought the chunks: without a pin they might be taken with those.
    private async Task<bool> TryPinAsync(ReferenceList references, Epoch pin)
    {
        var memory = new TransferMemory(options.Buffers);
        await using (memory.ConfigureAwait(false))
        {
            try
            {
                var walk = new ReferenceWalk(async id =>
                {
                    using var page = await options.Chunks.FetchAsync(id, CancellationToken.None).ConfigureAwait(false);
                    return page.Memory.ToArray();
                });
                var ids = new List<ChunkId>();
                await foreach (var id in walk.OfListAsync(references, CancellationToken.None).ConfigureAwait(false))
                {
                    ids.Add(id);
                    if (ids.Count == ChunkPins.PageMax)
                    {
                        await options.Chunks.PinAsync(ids, pin, memory).ConfigureAwait(false);
                        RequestBudget.Current?.Worked();
                        ids.Clear();
                    }
                }

                await options.Chunks.PinAsync(ids, pin, memory).ConfigureAwait(false);
                return true;
            }
            catch (TransferException error) when (error.Outcome == DfsOutcome.Damaged)
            {
                // Every node denied having one of them.
                return false;
            }
        }
    }
}
