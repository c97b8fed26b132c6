using System.Collections.Concurrent;
using System.Collections.Immutable;
using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>The settings of the owner's buckets: each a small sealed file in a register of its own.</summary>
/// <remarks>
/// The list of buckets is the listing of those files, so it cannot disagree with them. A put asks for its bucket's settings;
/// so that this costs no round for each, they are held for <see cref="LeaseTime"/>, and who changes them answers only when no
/// node can hold the old ones any more. That relies on nodes' clocks running at about one rate, not on what they show.
/// Thread-safe.
/// </remarks>
public sealed class BucketRegistry(
    OwnerSession owner, CatalogClient catalog, NameIndex names, Func<Layout?> layout, TimeProvider time) : IBuckets
{
    /// <summary>One second: a node asks once a second for each bucket that it writes to.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(1);

    /// <summary>A tenth more, for clocks that do not run alike.</summary>
    private static readonly TimeSpan LeaseWait = LeaseTime * 1.1;

    /// <summary>How often a change is tried again because somebody else changed the settings in between.</summary>
    private const int AttemptsMax = 8;

    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly SignatureVerifier _verifier = new();

    public AnswerLimit Answers { get; init; } = AnswerLimit.Default;

    /// <summary>What a put goes by: settings that were right at some time after the call, or less than a lease before it.</summary>
    /// <exception cref="TransferException">There is no such bucket, or no majority answered.</exception>
    public async Task<BucketSettings> SettingsOfAsync(ObjectKey key)
    {
        if (key.Bucket is ObjectKey.AccessKeysBucket or ObjectKey.TokensBucket or ObjectKey.SubscribersBucket)
        {
            return BucketSettings.Default;
        }

        var settings = await HeldAsync(key.ContentBucket).ConfigureAwait(false) ?? throw NoBucket(key.ContentBucket);
        // What the program keeps for itself has no history, whatever its content is cut and sealed like.
        return key.IsInternal ? settings with { IsVersioned = false, IsSuspended = false } : settings;
    }

    /// <summary>What a removal goes by; a bucket that nobody made keeps no versions.</summary>
    /// <exception cref="TransferException">No majority answered.</exception>
    public async Task<BucketSettings> SettingsOrDefaultOfAsync(ObjectKey key) => key.IsInternal
        ? BucketSettings.Default
        : await HeldAsync(key.Bucket).ConfigureAwait(false) ?? BucketSettings.Default;

    public Task<BucketsResult> ListAsync(CancellationToken cancellationToken) => Client.Answers.AnswerAsync(
        Answers, async () =>
        {
            var buckets = new SortedDictionary<string, BucketEntry>(StringComparer.Ordinal)
            {
                [ObjectKey.DefaultBucket] = new(ObjectKey.DefaultBucket, BucketSettings.Default, DateTimeOffset.UnixEpoch),
            };
            for (var wanted = ListOptions.All; ;)
            {
                var page = await names.ListAsync(ObjectKey.SettingsBucket, wanted, cancellationToken);
                foreach (var file in page.Entries)
                {
                    if (await ReadAsync(file.Name, cancellationToken) is { } found)
                    {
                        buckets[file.Name] = new BucketEntry(file.Name, found.Settings, file.ModifiedAt);
                    }

                    RequestBudget.Current?.Worked();
                }

                if (!page.IsTruncated)
                {
                    break;
                }

                wanted = wanted with { After = page.Next };
            }

            return new BucketsResult(DfsOutcome.Done, [.. buckets.Values], "");
        },
        (outcome, detail) => new BucketsResult(outcome, [], detail));

    public Task<BucketResult> ShowAsync(string bucket, CancellationToken cancellationToken) => AnswerAsync(async () =>
        Done(bucket, (await ReadOrThrowAsync(bucket, cancellationToken)).Settings));

    public Task<BucketResult> CreateAsync(string bucket, BucketChange settings, CancellationToken cancellationToken) =>
        CreateAsync(bucket, settings.ApplyTo(BucketSettings.Default), cancellationToken);

    public Task<BucketResult> CreateAsync(string bucket, BucketSettings settings, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        RequireFits(bucket, settings);
        var isMade = bucket != ObjectKey.DefaultBucket
            && await TryWriteAsync(bucket, settings, HeadCondition.IfAbsent).ConfigureAwait(false);
        return isMade
            ? Done(bucket, settings)
            : throw new TransferException(DfsOutcome.PreconditionFailed, $"There is a bucket '{bucket}' already; `dfs bucket set` changes it.");
    });

    public Task<BucketResult> SetAsync(string bucket, BucketChange change, CancellationToken cancellationToken) =>
        ChangeAsync(bucket, change.ApplyTo, cancellationToken);

    public Task<BucketResult> ChangeAsync(string bucket, Func<BucketSettings, BucketSettings> change, CancellationToken cancellationToken) =>
        AnswerAsync(async () => Done(bucket, await UpdateAsync(bucket, change, cancellationToken)));

    /// <summary>Changes the settings; answers when no node uses the old ones any more.</summary>
    /// <param name="change">May run again when somebody else changed them in between; may refuse by throwing.</param>
    /// <exception cref="TransferException">There is no such bucket, no quorum, or the change refused.</exception>
    public async Task<BucketSettings> UpdateAsync(
        string bucket, Func<BucketSettings, BucketSettings> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var found = await ReadOrThrowAsync(bucket, cancellationToken);
            var next = change(found.Settings);
            RequireFits(bucket, next);
            if (found.Settings.RefusalOf(next) is { } refusal)
            {
                throw new TransferException(DfsOutcome.PreconditionFailed, refusal);
            }

            if (next == found.Settings || await TryWriteAsync(bucket, next, found.Condition))
            {
                await ForgetEverywhereAsync(bucket);
                return next;
            }
        }

        throw new TransferException(DfsOutcome.Busy, $"Others keep changing the bucket '{bucket}'; try again.");
    }

    /// <summary>The settings as they are now, whatever is held.</summary>
    /// <exception cref="TransferException">There is no such bucket, or no majority answered.</exception>
    public async Task<BucketSettings> SettingsNowAsync(string bucket, CancellationToken cancellationToken) =>
        (await ReadOrThrowAsync(bucket, cancellationToken)).Settings;

    public Task<BucketResult> RemoveAsync(string bucket, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        var found = await ReadOrThrowAsync(bucket, cancellationToken);
        if (bucket == ObjectKey.DefaultBucket)
        {
            throw new TransferException(DfsOutcome.PreconditionFailed, $"The bucket '{bucket}' is always there.");
        }

        if (await names.HasAnyAsync(bucket, cancellationToken))
        {
            throw new TransferException(DfsOutcome.PreconditionFailed, $"The bucket '{bucket}' is not empty; remove its files first.");
        }

        var wish = new HeadRemove(owner.PublicKey, OwnerSession.NewOperation(), found.Condition, Marker: null, Retention.None);
        HeadChanges.ThrowUnlessDone(await ChangeAsync(bucket, wish.Operation, (current, _) => HeadTransition.Remove(current, wish)));
        await ForgetEverywhereAsync(bucket);
        return Done(bucket, found.Settings);
    });

    private async Task<BucketSettings?> HeldAsync(string bucket)
    {
        if (!_held.TryGetValue(bucket, out var held) || time.GetElapsedTime(held.AskedAt) >= LeaseTime || held.Reading.IsFaulted)
        {
            // The time before the question: what is read is at least as new.
            held = new Held(time.GetTimestamp(), RequestBudget.Apart(() => ReadAsync(bucket, CancellationToken.None)));
            _held[bucket] = held;
        }

        if (await RequestBudget.WaitAsync(held.Reading).ConfigureAwait(false) is { } found)
        {
            return found.Settings;
        }

        // What is not there is not held: it may have been made after that question was asked.
        _held.TryRemove(bucket, out _);
        return (await ReadAsync(bucket, CancellationToken.None).ConfigureAwait(false))?.Settings;
    }

    private async Task ForgetEverywhereAsync(string bucket)
    {
        _held.TryRemove(bucket, out _);
        await Task.Delay(LeaseWait, time);
        // A question of this node's that was under way meanwhile may have been answered before the change.
        _held.TryRemove(bucket, out _);
    }

    private async Task<Found> ReadOrThrowAsync(string bucket, CancellationToken cancellationToken) =>
        await ReadAsync(bucket, cancellationToken) ?? throw NoBucket(bucket);

    /// <returns>Null when there is no such bucket.</returns>
    private async Task<Found?> ReadAsync(string bucket, CancellationToken cancellationToken)
    {
        using var unlocked = owner.Use();
        var keys = unlocked.Bucket(ObjectKey.SettingsBucket);
        var register = keys.TokenOf(ObjectKey.OfSettings(bucket));
        var view = await catalog.ReadAsync(register, cancellationToken).ConfigureAwait(false) switch
        {
            ReadDone read => read.View,
            WentBack back => throw HeadChanges.IsOlder(back),
            var unanswered => throw HeadChanges.NoQuorum(unanswered),
        };
        var head = view.Value is { } value ? OpenHeads.Verify(value, register, owner.PublicKey, _verifier, catalog.Seen) : null;
        if (head?.Readable is not { } version)
        {
            return bucket == ObjectKey.DefaultBucket ? new Found(BucketSettings.Default, HeadCondition.IfAbsent) : null;
        }

        return version.Root is { } root && OpenHeads.Manifest(head, version, root.Span, keys).Content is { } content
            && BucketSettings.TryDecode(content.Span, out var settings)
                ? new Found(settings, HeadCondition.IfVersion(version.Id))
                : throw new TransferException(DfsOutcome.Damaged, $"This version of the program cannot read the settings of the bucket '{bucket}'.");
    }

    /// <returns>False when the condition does not hold.</returns>
    private async Task<bool> TryWriteAsync(string bucket, BucketSettings settings, HeadCondition condition)
    {
        var cluster = layout()?.Cluster ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
        using var unlocked = owner.Use();
        var (keys, key, version) = (unlocked.Bucket(ObjectKey.SettingsBucket), ObjectKey.OfSettings(bucket), OwnerSession.NewVersion());
        var place = new EnvelopeContext(EnvelopeKind.Manifest, cluster, keys.Id, keys.TokenOf(key), version);
        using var versionKey = OwnerSession.NewVersionKey();
        var facts = FileFacts.None with { ModifiedUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds() };
        var manifest = ManifestBuilder.OfContent(facts, settings.Encode(), versionKey, place, OwnerSession.Fresh());
        var wish = new HeadPut
        {
            Cluster = cluster,
            Bucket = keys.Id,
            Register = place.Register,
            Owner = owner.PublicKey,
            Operation = OwnerSession.NewOperation(),
            Version = HeadVersion.Of(version, OwnerSession.SlotOf(versionKey, keys, place), manifest),
            Name = SealedName.Seal(keys.Listing, place with { Kind = EnvelopeKind.Name, Version = default }, OwnerSession.Fresh(), key),
            Condition = condition,
            Retention = Retention.None,
        };
        var outcome = await ChangeAsync(
            bucket, wish.Operation, (current, floor) => HeadTransition.Put(current, wish with { CounterFloor = floor }));
        if (outcome is ChangeRefused { Reason: HeadChange.ConditionFailed })
        {
            return false;
        }

        HeadChanges.ThrowUnlessDone(outcome);
        return true;
    }

    // Not cancelled with the caller: a change that was sent off is seen through, so that the answer is true.
    private async Task<ProposerOutcome> ChangeAsync(string bucket, OperationId operation, Func<Head?, ulong, HeadChange> decide)
    {
        using var unlocked = owner.Use();
        // Settings stand in the head itself: it refers to no chunk.
        return await catalog.ChangeAsync(
            unlocked.Bucket(ObjectKey.SettingsBucket).TokenOf(ObjectKey.OfSettings(bucket)), operation,
            HeadChanges.Propose(unlocked, decide, ImmutableHashSet<ChunkId>.Empty), CancellationToken.None);
    }

    private Task<BucketResult> AnswerAsync(Func<Task<BucketResult>> act) =>
        Client.Answers.AnswerAsync(Answers, act, (outcome, detail) => new BucketResult(outcome, null, detail));

    private static void RequireFits(string bucket, BucketSettings settings)
    {
        if (!settings.Fits)
        {
            throw new TransferException(
                DfsOutcome.PreconditionFailed, $"The settings of the bucket '{bucket}' would be more than {Manifest.InlineBytesMax} bytes.");
        }
    }

    private static BucketResult Done(string bucket, BucketSettings settings) =>
        new(DfsOutcome.Done, new BucketEntry(bucket, settings), "");

    private static TransferException NoBucket(string bucket) =>
        new(DfsOutcome.NotFound, $"There is no bucket '{bucket}'; `dfs bucket create {bucket}` makes it.");

    private sealed record Held(long AskedAt, Task<Found?> Reading);

    /// <param name="Condition">That nobody has changed them since.</param>
    private sealed record Found(BucketSettings Settings, HeadCondition Condition);
}
