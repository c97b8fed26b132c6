using System.Collections.Immutable;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;

namespace Dfs.Actors.Client;

/// <summary>Reads the pages of a file's history, and makes the pages and the change that a head is to be given.</summary>
/// <remarks>Stores nothing itself: the pieces of a plan must be stored before its change is proposed.</remarks>
/// <param name="fetch">Gives a chunk's bytes, checked against its name.</param>
internal sealed class HistoryPages(BucketKeys bucket, Func<ChunkId, Task<ReadOnlyMemory<byte>>> fetch)
{
    /// <summary>Moves what has no room in the head into a page; null when there is room.</summary>
    /// <exception cref="TransferException">The keyring does not open what is to be moved.</exception>
    public HistoryPlan? Fold(Head head)
    {
        // Who has a capability of one version cannot open pages: it stays where its capability finds it.
        var due = ShareList.TryDecode(head.Grants, out var shares)
            ? HistoryFold.Due(head, id => shares.Slots.Any(slot => slot.Scope == ShareScope.Version && slot.Version == id))
            : [];
        // There is one null version in the pages at most, so that it is known which counts.
        if (due.IsEmpty || (head.HasNullInHistory && due.Any(version => version.IsNull)))
        {
            return null;
        }

        var paged = due.Select(version => new PagedVersion(
            version.WithSlot(KeySlot.None), OpenHeads.KeyOf(version.Slot, head.PlaceOf(EnvelopeKind.KeySlot, version.Id), bucket.Wraps)));
        var (tree, pieces) = TreeOf(head).Add([.. paged], OwnerSession.Fresh);
        return new HistoryPlan(new HistoryChange(head.History, head.Grants, Seal(head, tree), due, [], [])
        {
            HasNull = head.HasNullInHistory || due.Any(version => version.IsNull),
            HasLock = head.HasLockInHistory || due.Any(version => version.Lock != VersionLock.None),
        }, pieces);
    }

    /// <summary>Moves the newest page back into the head.</summary>
    public async Task<HistoryPlan> UnfoldAsync(Head head)
    {
        var tree = TreeOf(head);
        await foreach (var found in WalkAsync(head))
        {
            var (next, pieces) = tree.Replace(found.Path, [], OwnerSession.Fresh);
            var hasNull = found.Page.Versions.Any(paged => paged.Version.IsNull);
            var back = found.Page.Versions.Where(paged => head.Shows(paged.Version)).Select(paged => paged.Version.WithSlot(
                OwnerSession.SlotOf(paged.Key, bucket, head.PlaceOf(EnvelopeKind.KeySlot, paged.Version.Id))));
            return new HistoryPlan(new HistoryChange(head.History, head.Grants, Seal(head, next), [], [.. back], [])
            {
                HasNull = head.HasNullInHistory && !hasNull,
                HasLock = head.HasLockInHistory && next.Entries.Length > 0,
            }, pieces);
        }

        throw new TransferException(DfsOutcome.Damaged, "The file's history names no page.");
    }

    /// <summary>The pages without one version and its key; null when none of them has it.</summary>
    public async Task<HistoryPlan?> WithoutAsync(Head head, VersionId version, LockKey key)
    {
        var tree = TreeOf(head);
        await foreach (var found in WalkAsync(head))
        {
            var left = found.Page.Versions.RemoveAll(paged => paged.Version.Is(version));
            if (left.Length < found.Page.Versions.Length)
            {
                var removed = found.Page.Versions.First(paged => paged.Version.Is(version)).Version;
                var (next, pieces) = tree.Replace(found.Path, left, OwnerSession.Fresh);
                return new HistoryPlan(new HistoryChange(head.History, head.Grants, Seal(head, next), [], [], [removed])
                {
                    HasNull = head.HasNullInHistory && !removed.IsNull,
                    HasLock = head.HasLockInHistory && next.Entries.Length > 0,
                    Key = key,
                }, pieces);
            }
        }

        return null;
    }

    /// <summary>The pages with another lock of one version; null when none of them has it.</summary>
    public async Task<HistoryPlan?> WithLockAsync(Head head, VersionId version, LockWish wish, LockKey key)
    {
        var tree = TreeOf(head);
        await foreach (var found in WalkAsync(head))
        {
            if (found.Page.Versions.FirstOrDefault(paged => paged.Version.Is(version) && !paged.Version.IsDeleteMarker) is { } paged
                && head.Shows(paged.Version))
            {
                var wanted = wish.On(paged.Version.Lock);
                var (next, pieces) = tree.Replace(
                    found.Path, found.Page.Versions.Replace(paged, paged with { Version = paged.Version.WithLock(wanted) }), OwnerSession.Fresh);
                return new HistoryPlan(new HistoryChange(head.History, head.Grants, Seal(head, next), [], [], [])
                {
                    HasNull = head.HasNullInHistory,
                    HasLock = true,
                    Relocked = (paged.Version.Lock, wanted),
                    Key = key,
                }, pieces);
            }
        }

        return null;
    }

    /// <summary>The pages without these versions and their keys; null when none of them has any.</summary>
    public Task<HistoryPlan?> WithoutAsync(Head head, IReadOnlySet<VersionId> expired, LockKey key) =>
        WithoutAsync(head, version => expired.Contains(version.Id) && !version.Lock.Holds(key), key);

    /// <summary>The pages without the null version in them; null when they have none.</summary>
    public Task<HistoryPlan?> WithoutNullAsync(Head head) => WithoutAsync(head, version => version.IsNull, LockKey.None);

    private async Task<HistoryPlan?> WithoutAsync(Head head, Predicate<HeadVersion> goes, LockKey key)
    {
        var removed = ImmutableArray.CreateBuilder<HeadVersion>();
        var tree = TreeOf(head);
        var pieces = ImmutableArray.CreateBuilder<StoredPiece>();
        var left = ImmutableArray.CreateBuilder<HistoryEntry>();
        foreach (var entry in tree.Entries)
        {
            if (await LeftOfAsync(entry.Level, entry.Child, IsGone, pieces) is { } child)
            {
                left.Add(entry with { Child = child });
            }
        }

        return left.Count == tree.Entries.Length && pieces.Count == 0
            ? null
            : new HistoryPlan(
                new HistoryChange(head.History, head.Grants, Seal(head, new HistoryTree(left.ToImmutable())), [], [], removed.ToImmutable())
                {
                    HasNull = head.HasNullInHistory && !removed.Any(version => version.IsNull),
                    HasLock = head.HasLockInHistory && left.Count > 0,
                    Key = key,
                }, pieces.ToImmutable());

        bool IsGone(HeadVersion version)
        {
            var isGone = goes(version);
            if (isGone)
            {
                removed.Add(version);
            }

            return isGone;
        }
    }

    /// <returns>The same child when nothing under it goes; null when all does.</returns>
    private async Task<HistoryChild?> LeftOfAsync(
        int level, HistoryChild child, Predicate<HeadVersion> goes, ImmutableArray<StoredPiece>.Builder pieces)
    {
        var page = await OpenAsync(level, child);
        HistoryPage? next;
        if (level == 0)
        {
            var versions = page.Versions.RemoveAll(paged => goes(paged.Version));
            next = versions.Length == page.Versions.Length ? page : versions.IsEmpty ? null : HistoryPage.Of(versions);
        }
        else
        {
            var children = ImmutableArray.CreateBuilder<HistoryChild>();
            foreach (var below in page.Children)
            {
                if (await LeftOfAsync(level - 1, below, goes, pieces) is { } kept)
                {
                    children.Add(kept);
                }
            }

            next = children.SequenceEqual(page.Children) ? page
                : children.Count == 0 ? null : HistoryPage.Of(level, children.ToImmutable());
        }

        if (next is null || next == page)
        {
            return next is null ? null : child;
        }

        var (made, stored) = next.Seal(OwnerSession.Fresh());
        pieces.AddRange(stored);
        return made;
    }

    /// <summary>The pages of versions, newest first.</summary>
    /// <exception cref="TransferException">A page is on no node that answers, or is not what the one above it says.</exception>
    public async IAsyncEnumerable<(HistoryPath Path, HistoryPage Page)> WalkAsync(Head head)
    {
        var tree = TreeOf(head);
        for (var entry = 0; entry < tree.Entries.Length; entry++)
        {
            var top = await OpenAsync(tree.Entries[entry].Level, tree.Entries[entry].Child);
            var open = new Stack<(HistoryPath Path, HistoryPage Page, int Next)>([(new HistoryPath(entry, []), top, 0)]);
            while (open.TryPop(out var at))
            {
                if (at.Page.Level == 0)
                {
                    yield return (at.Path, at.Page);
                }
                else if (at.Next < at.Page.Children.Length)
                {
                    open.Push(at with { Next = at.Next + 1 });
                    var below = await OpenAsync(at.Page.Level - 1, at.Page.Children[at.Next]);
                    open.Push((at.Path with { Steps = at.Path.Steps.Add((at.Page, at.Next)) }, below, 0));
                }
            }
        }
    }

    private async Task<HistoryPage> OpenAsync(int level, HistoryChild child) =>
        HistoryPage.TryOpen((await fetch(child.Id)).Span, level, child, out var page)
            ? page
            : throw new TransferException(DfsOutcome.Damaged, "A page of the file's history does not say what is said of it.");

    private HistoryTree TreeOf(Head head)
    {
        if (head.History is not { } history)
        {
            return HistoryTree.Empty;
        }

        using var key = OpenHeads.KeyOf(history.Slot, head.PlaceOf(EnvelopeKind.KeySlot), bucket.Wraps);
        return HistoryTree.TryOpen(history, head.PlaceOf(EnvelopeKind.History), key, out var tree)
            ? tree
            : throw new TransferException(DfsOutcome.Damaged, "The file's history is not authentic.");
    }

    private HeadHistory? Seal(Head head, HistoryTree tree)
    {
        using var key = OwnerSession.NewVersionKey();
        var place = head.PlaceOf(EnvelopeKind.History);
        return tree.Seal(place, key, OwnerSession.SlotOf(key, bucket, place), OwnerSession.Fresh());
    }
}

/// <summary>A change of a history, and the pieces to store before it is proposed.</summary>
internal sealed record HistoryPlan(HistoryChange Change, ImmutableArray<StoredPiece> Pieces);
