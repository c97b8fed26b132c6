using System.Collections.Immutable;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>The changes of a head, as pure functions from the latest head to the next.</summary>
/// <remarks>
/// Every change counts one up, names the hash of what it was made from and leaves its operation id, so that a
/// proposer whose answer was lost finds its own change instead of making it twice.
/// </remarks>
public static class HeadTransition
{
    /// <summary>Stores a new version: in front of the others, or in place of them when the bucket keeps none.</summary>
    public static HeadChange Put(Head? current, HeadPut put)
    {
        if (Refusal(current, put.Owner, put.Operation, put.Condition) is { } refusal)
        {
            return refusal;
        }

        if (put.Source is { } source && current?.Versions.Any(version => version.Id == source) is not true)
        {
            return new HeadChange.NothingToDo();
        }

        if (put.SourcePage is { } page && current?.History?.Pages.Any(named => named.Page == page) is not true)
        {
            return new HeadChange.HistoryMoved();
        }

        if (LockAgainst(current, !put.KeepsVersions, put.Version) is { } locked)
        {
            return locked;
        }

        var kept = InFront(put.Version, current, put.Retention);
        var versions = put.KeepsVersions ? put.Retention.AfterPut(kept) : [put.Version];
        var dropsPages = !put.KeepsVersions || (put.Retention.DropsPagesAfterPut(versions) && current?.HasLockInHistory is not true);
        // A null version that is let go would leave the place to the one that it has replaced.
        versions = !dropsPages && current?.HasReplacedNull is true ? kept : versions;
        var next = new Head
        {
            Cluster = put.Cluster,
            Bucket = put.Bucket,
            Register = put.Register,
            Owner = put.Owner,
            Counter = Math.Max(current?.Counter ?? 0, put.CounterFloor) + 1,
            Previous = current is null ? default : HeadCodec.HashOf(current),
            // Sealing a name again would say nothing new.
            Name = current is null || current.IsRemoved ? put.Name : current.Name,
            Versions = versions,
            History = dropsPages ? null : current?.History,
            HasLockInHistory = !dropsPages && current?.HasLockInHistory is true,
            HasNullInHistory = !dropsPages && current?.HasNullInHistory is true,
            Operations = OperationsWith(current, put.Operation),
            Grants = current?.Grants ?? ByteString.Empty,
        };
        return Fit(next);
    }

    /// <summary>Deletes: with a marker when the bucket keeps versions, else down to a tombstone.</summary>
    public static HeadChange Remove(Head? current, HeadRemove remove)
    {
        if (Refusal(current, remove.Owner, remove.Operation, remove.Condition) is { } refusal)
        {
            return refusal;
        }

        if (current is null || current.IsRemoved || (remove.Marker is not null && current.Readable is null))
        {
            return new HeadChange.NothingToDo();
        }

        if (LockAgainst(current, remove.Marker is null, remove.Marker) is { } locked)
        {
            return locked;
        }

        return WithVersions(
            current, remove.Operation,
            remove.Marker is { } marker ? InFront(marker, current, remove.Retention) : []);
    }

    /// <summary>Takes versions of the head out of the history for good; the current one and what is locked stay, whatever is asked.</summary>
    public static HeadChange Expire(
        Head? current, OwnerPublicKey owner, OperationId operation, IReadOnlySet<VersionId> expired, LockKey key)
    {
        if (Refusal(current, owner, operation, HeadCondition.None) is { } refusal)
        {
            return refusal;
        }

        var left = current?.Versions.Where((version, index) => index == 0 || !expired.Contains(version.Id) || version.Lock.Holds(key)).ToImmutableArray();
        return current?.HasReplacedNull is true && left!.Value.All(version => !version.IsNull) ? new HeadChange.NullInHistory()
            : left is not { } versions || versions.Length == current!.Versions.Length
            ? new HeadChange.NothingToDo()
            : WithVersions(current, operation, versions);
    }

    /// <summary>Takes one version and its key out of the history for good; the last one leaves a tombstone.</summary>
    /// <param name="root">Of the version that becomes the current one, when it had left the head.</param>
    public static HeadChange RemoveVersion(
        Head? current, OwnerPublicKey owner, OperationId operation, VersionId version, LockKey key, StoredPiece? root = null)
    {
        if (Refusal(current, owner, operation, HeadCondition.None) is { } refusal)
        {
            return refusal;
        }

        if (current is null || current.Versions.All(kept => !kept.Is(version)))
        {
            return new HeadChange.NothingToDo();
        }

        if (current.Versions.First(kept => kept.Is(version)).Lock is var held && held.Holds(key))
        {
            return new HeadChange.Locked(held);
        }

        var left = current.Versions.RemoveAll(kept => kept.Is(version));
        if (current.HasReplacedNull && left.All(kept => !kept.IsNull))
        {
            return new HeadChange.NullInHistory();
        }

        if (left.IsEmpty && current.History is not null)
        {
            return new HeadChange.HistoryNeeded();
        }

        // The current version keeps its manifest in the head, where listings find it.
        if (left is [{ RootChunk: { } wanted } newest, ..])
        {
            if (root?.Id != wanted)
            {
                return new HeadChange.RootNeeded(wanted);
            }

            left = left.SetItem(0, newest.Unspill(new ByteString(root.Bytes.Span)));
        }

        return WithVersions(current, operation, left);
    }

    /// <summary>Puts another state of a version in its place: a new slot, or a manifest that was sealed again.</summary>
    public static HeadChange ReplaceVersion(
        Head? current, OwnerPublicKey owner, OperationId operation, HeadVersion version)
    {
        if (Refusal(current, owner, operation, HeadCondition.None) is { } refusal)
        {
            return refusal;
        }

        var replaced = current?.Versions.FirstOrDefault(kept => kept.Id == version.Id);
        return replaced is null
            ? new HeadChange.NothingToDo()
            : WithVersions(current!, operation, current!.Versions.Replace(replaced, version));
    }

    /// <summary>Locks a version of the head, or changes its lock.</summary>
    /// <param name="version">Null is the current one.</param>
    public static HeadChange ChangeLock(
        Head? current, OwnerPublicKey owner, OperationId operation, VersionId? version, LockWish wish, LockKey key)
    {
        if (Refusal(current, owner, operation, HeadCondition.None) is { } refusal)
        {
            return refusal;
        }

        var found = version is { } id ? current?.Versions.FirstOrDefault(kept => kept.Is(id) && !kept.IsDeleteMarker) : current?.Readable;
        return found is null ? new HeadChange.NothingToDo()
            : !found.Lock.MayBecome(wish.On(found.Lock), key) ? new HeadChange.Locked(found.Lock)
            : WithVersions(current!, operation, current!.Versions.Replace(found, found.WithLock(wish.On(found.Lock))));
    }

    /// <summary>Seals parts of a head again, or other parts: its slots and shares.</summary>
    /// <param name="reseal">Gives back the head with other versions, history or grants, or a refusal; the rest of the head is not its business.</param>
    public static HeadChange Reseal(Head? current, OwnerPublicKey owner, OperationId operation, Func<Head, HeadChange> reseal)
    {
        if (Refusal(current, owner, operation, HeadCondition.None) is { } refusal)
        {
            return refusal;
        }

        if (current is null || current.IsRemoved)
        {
            return new HeadChange.NothingToDo();
        }

        var change = reseal(current);
        return change is not HeadChange.Made made
            ? change
            : WithVersions(
                current with { History = made.Next.History }, operation, made.Next.Versions, made.Next.Grants, HeadCodec.HashOf(current));
    }

    /// <summary>Moves versions between the head and the pages of its history, or puts other pages in place of them.</summary>
    public static HeadChange ChangeHistory(Head? current, OwnerPublicKey owner, OperationId operation, HistoryChange change)
    {
        if (Refusal(current, owner, operation, HeadCondition.None) is { } refusal)
        {
            return refusal;
        }

        var stays = (current?.Versions.Length ?? 0) - change.Folded.Length;
        if (current is null || current.IsRemoved || stays < 1 || current.History != change.From || !current.Grants.Equals(change.Grants)
            || !current.Versions.AsSpan()[stays..].SequenceEqual(change.Folded.AsSpan()))
        {
            return new HeadChange.HistoryMoved();
        }

        if (change.Removed.FirstOrDefault(version => version.Lock.Holds(change.Key)) is { } held)
        {
            return new HeadChange.Locked(held.Lock);
        }

        if (change.Relocked is (var from, var to) && !from.MayBecome(to, change.Key))
        {
            return new HeadChange.Locked(from);
        }

        return WithVersions(
            current with { History = change.To, HasNullInHistory = change.HasNull, HasLockInHistory = change.HasLock }, operation, [.. current.Versions.Take(stays), .. change.Unfolded],
            previous: HeadCodec.HashOf(current));
    }

    // What has a lock, over or not, is never lost in passing: it is taken out by who asks for that, and what time it is.
    private static HeadChange.Locked? LockAgainst(Head? current, bool dropsAll, HeadVersion? added)
    {
        if (current is null)
        {
            return null;
        }

        var dropsNull = added?.IsNull is true;
        var lost = current.Versions.FirstOrDefault(version => version.Lock != VersionLock.None && (dropsAll || (dropsNull && version.IsNull)));
        return lost is not null ? new HeadChange.Locked(lost.Lock)
            : current.HasLockInHistory && (dropsAll || (dropsNull && current.HasNullInHistory)) ? new HeadChange.Locked(VersionLock.None)
            : null;
    }

    // Stamps never fall towards the newer version, so that each snapshot shows one state of the file.
    private static ImmutableArray<HeadVersion> InFront(HeadVersion version, Head? current, Retention retention) =>
        [
            version.WithStamp(Math.Max(retention.Snapshots.Last, current?.Current?.Stamp ?? 0)),
            .. (current?.Versions ?? []).Where(older => !(version.IsNull && older.IsNull)),
        ];

    private static HeadChange? Refusal(
        Head? current, OwnerPublicKey owner, OperationId operation, HeadCondition condition)
    {
        if (current is not null && current.Owner != owner)
        {
            return new HeadChange.OtherOwner();
        }

        // Before the condition: an operation that was made has usually made its own condition false.
        if (current is not null && current.Operations.Contains(operation))
        {
            return new HeadChange.AlreadyMade(current);
        }

        return condition.HoldsFor(current?.Readable) ? null : new HeadChange.ConditionFailed(current?.Readable?.Id);
    }

    private static HeadChange WithVersions(
        Head current, OperationId operation, ImmutableArray<HeadVersion> versions, ByteString? grants = null, Bytes32? previous = null) =>
        Fit(current with
        {
            Counter = current.Counter + 1,
            Previous = previous ?? HeadCodec.HashOf(current),
            Name = versions.IsEmpty ? ByteString.Empty : current.Name,
            Grants = versions.IsEmpty ? ByteString.Empty : grants ?? current.Grants,
            Versions = versions,
            History = versions.IsEmpty ? null : current.History,
            HasLockInHistory = !versions.IsEmpty && current.HasLockInHistory,
            HasNullInHistory = !versions.IsEmpty && current.HasNullInHistory,
            Operations = OperationsWith(current, operation),
        });

    private static ImmutableArray<OperationId> OperationsWith(Head? current, OperationId operation) =>
        [operation, .. (current?.Operations ?? []).Take(Head.OperationsMax - 1)];

    /// <summary>
    /// The current version keeps its manifest in the head; those of older versions leave it, oldest first, while the
    /// head is larger than a control message should be. (Always moving them would cost small files a chunk per put.)
    /// </summary>
    private static HeadChange Fit(Head head)
    {
        var pieces = ImmutableArray.CreateBuilder<StoredPiece>();
        var versions = head.Versions.ToBuilder();
        var sizeBytes = HeadCodec.UnsignedSizeBytes(head);
        for (var i = versions.Count - 1; i > 0 && sizeBytes > SpillAboveBytes; i--)
        {
            if (versions[i].Root is { } root)
            {
                (versions[i], var piece) = versions[i].Spill();
                pieces.Add(piece);
                sizeBytes -= 2 + root.Length - Bytes32.SizeBytes;
            }
        }

        return sizeBytes <= HeadCodec.UnsignedBytesMax
            ? new HeadChange.Made(head with { Versions = versions.ToImmutable() }, pieces.ToImmutable())
            : new HeadChange.HistoryFull(head.Versions.Length);
    }

    /// <summary>16 KiB: a head with a long history still rides in a control message beside others.</summary>
    private const int SpillAboveBytes = 16 * 1024;
}

/// <summary>A wish to store a version.</summary>
public sealed record HeadPut
{
    public required ClusterId Cluster { get; init; }

    public required BucketId Bucket { get; init; }

    public required RegisterId Register { get; init; }

    public required OwnerPublicKey Owner { get; init; }

    public required OperationId Operation { get; init; }

    public required HeadVersion Version { get; init; }

    /// <summary>Sealed; used when the head has no name yet.</summary>
    public required ByteString Name { get; init; }

    public HeadCondition Condition { get; init; } = HeadCondition.None;

    public bool KeepsVersions { get; init; }

    /// <summary>The bucket's, read shortly before: it stamps the version, and lets go of older ones.</summary>
    public required Retention Retention { get; init; }

    /// <summary>A version that must still be there: what is restored. Null for new content.</summary>
    public VersionId? Source { get; init; }

    /// <summary>A page that the head must still name, when what is restored is in or under it.</summary>
    public ChunkId? SourcePage { get; init; }

    /// <summary>The counter that a removed and forgotten head had, so that it cannot be replayed over this one.</summary>
    public ulong CounterFloor { get; init; }
}

/// <summary>A wish to move versions between a head and its history, or to change the history.</summary>
/// <param name="From">The history that this was made from; null for none.</param>
/// <param name="Grants">As the head had them: a version that is shared by itself does not leave it.</param>
/// <param name="To">Its pages are stored before the head is written.</param>
/// <param name="Folded">The head's oldest versions, which are in pages now.</param>
/// <param name="Unfolded">Versions that come back to the head, as its oldest.</param>
/// <param name="Removed">Versions of the pages that are not in them any more.</param>
public sealed record HistoryChange(
    HeadHistory? From, ByteString Grants, HeadHistory? To, ImmutableArray<HeadVersion> Folded, ImmutableArray<HeadVersion> Unfolded,
    ImmutableArray<HeadVersion> Removed)
{
    /// <summary>A null version is in the pages of <see cref="To"/>.</summary>
    public bool HasNull { get; init; }

    /// <summary>A version there has, or had, a lock.</summary>
    public bool HasLock { get; init; }

    /// <summary>What the lock of a version there was, and is to be; null when none changes.</summary>
    public (VersionLock From, VersionLock To)? Relocked { get; init; }

    /// <summary>What opens the locks that are in the way.</summary>
    public LockKey Key { get; init; }
}

/// <summary>A wish to delete.</summary>
/// <param name="Marker">The delete marker, when the bucket keeps versions; else null.</param>
/// <param name="Retention">The bucket's, read shortly before: it stamps the marker.</param>
public sealed record HeadRemove(
    OwnerPublicKey Owner, OperationId Operation, HeadCondition Condition, HeadVersion? Marker, Retention Retention);
