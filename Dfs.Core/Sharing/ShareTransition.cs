using System.Collections.Immutable;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Core.Sharing;

/// <summary>The changes of a file's shares, as pure functions from the latest head to the next.</summary>
/// <remarks>All of them may run more than once; salts are drawn anew each time.</remarks>
public static class ShareTransition
{
    /// <summary>Puts a share in force; those that have expired make room.</summary>
    /// <param name="now">Of the owner's node.</param>
    public static HeadChange Add(
        Head? current, OwnerPublicKey owner, OperationId operation, OwnShare share, WrapKeys wraps, DateTimeOffset now, FreshSource fresh) =>
        HeadTransition.Reseal(current, owner, operation, head =>
        {
            if (head.Readable is null || (share.Scope == ShareScope.Version && head.Versions.All(version => version.Id != share.Version || version.IsDeleteMarker)))
            {
                return new HeadChange.NothingToDo();
            }

            return Change(head, wraps, fresh, shares =>
            {
                var kept = shares.RemoveAll(each => ShareTicket.HasExpired(each.ExpiresUnixSeconds, now));
                return kept.Length < ShareList.SharesMax ? kept.Add(share) : null;
            });
        });

    /// <summary>Takes a share out of force.</summary>
    public static HeadChange Remove(
        Head? current, OwnerPublicKey owner, OperationId operation, ShareId id, WrapKeys wraps, FreshSource fresh) =>
        HeadTransition.Reseal(current, owner, operation, head =>
            ShareList.TryDecode(head.Grants, out var list) && list.Find(id) is null
                ? new HeadChange.NothingToDo()
                : Change(head, wraps, fresh, shares => shares.RemoveAll(share => share.Id == id)));

    /// <summary>Makes the shares of the whole file open the version that a reader gets now, and drops those of versions that are gone.</summary>
    /// <returns>The same head when they do already, or when the keyring cannot open the list: its shares then say that they are behind.</returns>
    public static Head Renewed(Head next, WrapKeys wraps, FreshSource fresh)
    {
        if (next.Grants.IsEmpty || next.Readable is not { } version || !ShareList.TryDecode(next.Grants, out var list) || list.Slots.All(IsRight))
        {
            return next;
        }

        return Change(next, wraps, fresh, shares => shares.RemoveAll(share =>
            share.Scope == ShareScope.Version && next.Versions.All(each => each.Id != share.Version))) is HeadChange.Made made
                ? made.Next
                : next;

        bool IsRight(ShareSlot slot) => slot.Scope == ShareScope.File
            ? slot.Version == version.Id
            : next.Versions.Any(each => each.Id == slot.Version);
    }

    /// <summary>Wraps every version's key, and the list of shares, under the current epoch; contents and capabilities stay as they are.</summary>
    public static HeadChange Rewrap(Head? current, OwnerPublicKey owner, OperationId operation, WrapKeys wraps, FreshSource fresh) =>
        HeadTransition.Reseal(current, owner, operation, head =>
        {
            if (!IsWrappedBefore(head, wraps.CurrentEpoch))
            {
                return new HeadChange.NothingToDo();
            }

            var versions = head.Versions.ToBuilder();
            using var next = wraps.Current();
            for (var i = 0; i < versions.Count; i++)
            {
                if (SlotUnder(versions[i].Slot, head.PlaceOf(EnvelopeKind.KeySlot, versions[i].Id), wraps, next, fresh) is not { } slot)
                {
                    return new HeadChange.CannotOpen();
                }

                versions[i] = versions[i].WithSlot(slot);
            }

            var history = head.History is { } before
                && SlotUnder(before.Slot, head.PlaceOf(EnvelopeKind.KeySlot), wraps, next, fresh) is { } its ? before.WithSlot(its) : null;
            if (head.History is not null && history is null)
            {
                return new HeadChange.CannotOpen();
            }

            var rewrapped = head with { Versions = versions.ToImmutable(), History = history };
            return head.Grants.IsEmpty ? new HeadChange.Made(rewrapped, []) : Change(rewrapped, wraps, fresh, static shares => shares);
        });

    /// <summary>Whether anything in the head is wrapped under an earlier epoch than this one.</summary>
    public static bool IsWrappedBefore(Head head, KeyEpoch epoch) => OldestEpochOf(head).CompareTo(epoch) < 0;

    /// <summary>The lowest epoch that anything in the head is wrapped under; below all when its shares cannot be read.</summary>
    public static KeyEpoch OldestEpochOf(Head head)
    {
        var oldest = head.Versions.Select(version => version.Slot.Epoch).DefaultIfEmpty(new KeyEpoch(uint.MaxValue)).Min();
        oldest = head.History is { } history && history.Slot.Epoch.CompareTo(oldest) < 0 ? history.Slot.Epoch : oldest;
        return head.Grants.IsEmpty ? oldest
            : !ShareList.TryDecode(head.Grants, out var list) ? default
            : list.Epoch.CompareTo(oldest) < 0 ? list.Epoch : oldest;
    }

    /// <returns>Null when the keyring does not open the slot.</returns>
    private static KeySlot? SlotUnder(KeySlot slot, EnvelopeContext place, WrapKeys wraps, WrapKey next, FreshSource fresh)
    {
        if (!wraps.TryGet(slot.Epoch, out var wrap))
        {
            return null;
        }

        using (wrap)
        {
            if (!slot.TryUnwrap(wrap, place, out var key))
            {
                return null;
            }

            using (key)
            {
                return KeySlot.Wrap(key, next, wraps.CurrentEpoch, place, fresh());
            }
        }
    }

    /// <param name="change">From the shares to those that are to be; null when there is no room.</param>
    private static HeadChange Change(
        Head head, WrapKeys wraps, FreshSource fresh, Func<ImmutableArray<OwnShare>, ImmutableArray<OwnShare>?> change)
    {
        var place = head.PlaceOf(EnvelopeKind.Shares);
        if (!ShareList.TryDecode(head.Grants, out var list) || !list.TryOpen(wraps, place, out var shares))
        {
            return new HeadChange.CannotOpen();
        }

        if (change(shares.Value) is not { } changed)
        {
            return new HeadChange.SharesFull(shares.Value.Length);
        }

        if (changed.IsEmpty)
        {
            return new HeadChange.Made(head with { Grants = ByteString.Empty }, []);
        }

        // Where a delete marker hides the file its key does nothing for anybody, until a version is there again.
        var version = head.Readable ?? head.Versions[0];
        if (!wraps.TryGet(version.Slot.Epoch, out var wrap))
        {
            return new HeadChange.CannotOpen();
        }

        using (wrap)
        {
            if (!version.Slot.TryUnwrap(wrap, head.PlaceOf(EnvelopeKind.KeySlot, version.Id), out var key))
            {
                return new HeadChange.CannotOpen();
            }

            using (key)
            {
                return new HeadChange.Made(
                    head with { Grants = ShareList.Of(changed, wraps, place, (version.Id, key), fresh).Encode() }, []);
            }
        }
    }
}
