using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>The latest changes of an owner's names as one node has seen them, for subscribers that may come from another node.</summary>
/// <remarks>
/// Batch after batch, each between two positions of the change feeds. Who was here before goes on by number. Who comes from another log begins
/// with the newest batch that begins at rows which they have all taken over, so that nothing is missed and something may come again. Where no such
/// batch is left, or a name that they know may have gone without this log having seen it, everything has to be listed anew. In
/// memory only; holds at most <see cref="ChangesMax"/> changes. Decides alone: no clock, no I/O. Not thread-safe. docs/design/subscriptions.md
/// </remarks>
/// <param name="id">Random.</param>
/// <param name="begin">Where the first batch will begin.</param>
public sealed class ChangeLog(Bytes16 id, FeedPosition begin)
{
    /// <summary>16,384 changes, some 4 MiB: a subscriber that is further behind is told to list everything anew.</summary>
    public const int ChangesMax = 16_384;

    /// <summary>1,000, as a page of a listing.</summary>
    public const int ReadMax = 1000;

    private readonly LinkedList<Batch> _batches = [];
    private int _count;

    /// <summary>Where a subscriber begins who wants to know of what comes.</summary>
    public SubscriptionPosition End => new(id, _next, _end);

    // Where the log is, and where it was when something had changed last: nothing did in between.
    private FeedPosition _end = begin, _since = begin;
    private ulong _next;

    private sealed record Batch(ulong First, FeedPosition From, NameChanges Changes)
    {
        public ulong Behind => First + (ulong)Changes.Changes.Count;
    }

    /// <summary>Takes the changes between the last position and this one.</summary>
    public void Append(NameChanges changes, FeedPosition to)
    {
        if (changes.Changes.Count > 0 || changes.Unnamed.Count > 0)
        {
            _batches.AddLast(new Batch(_next, _since, changes));
            _next += (ulong)changes.Changes.Count;
            // Those without a change are counted too, or they would be without bound.
            _count += Math.Max(1, changes.Changes.Count);
            for (; _count > ChangesMax; _batches.RemoveFirst())
            {
                _count -= Math.Max(1, _batches.First!.Value.Changes.Changes.Count);
            }

            _since = to;
        }

        _end = to;
    }

    /// <summary>What has happened to some names since a position.</summary>
    /// <param name="countMax">At most so many changes; more than <see cref="ReadMax"/> counts as that.</param>
    public ChangeRead Read(SubscriptionPosition after, BucketId bucket, Func<string, bool> isWanted, int countMax)
    {
        // What another node lists may be gone before this log has seen it, and nobody would tell that.
        var isListedHere = after.ListingAfter is null || after.Log == id;
        if (!isListedHere || StartOf(after, bucket) is not { } start)
        {
            return new ChangeRead(IsResync: true, [], End with { ListingAfter = "" });
        }

        if (after.ListingAfter is not null)
        {
            return new ChangeRead(IsResync: false, [], after);
        }

        var (found, next) = (new List<NameChange>(), start);
        foreach (var batch in _batches.Where(batch => batch.Behind > start))
        {
            for (; next < batch.Behind; next++)
            {
                var change = batch.Changes.Changes[(int)(next - batch.First)];
                if (change.Bucket != bucket || !isWanted(change.Name))
                {
                    continue;
                }

                if (found.Count == Math.Clamp(countMax, 1, ReadMax))
                {
                    return new ChangeRead(IsResync: false, found, new SubscriptionPosition(id, next, batch.From));
                }

                found.Add(change);
            }
        }

        return new ChangeRead(IsResync: false, found, End);
    }

    /// <returns>The number of the first change that the subscriber may not know; null when that is not known.</returns>
    private ulong? StartOf(SubscriptionPosition after, BucketId bucket)
    {
        if (after.Log == id)
        {
            // Numbers of this log; those of a batch without changes are its successor's.
            return after.Sequence <= _next && after.Sequence >= (_batches.First?.Value.First ?? _next) ? after.Sequence : null;
        }

        // What is pending is ahead of the rows that the position counts, so even who has them all may know something older.
        if (after.At.Includes(_since) && _batches.Last is not { Value.Changes.HasPending: true })
        {
            return _next;
        }

        for (var at = _batches.Last; at is not null; at = at.Previous)
        {
            var (isHere, hasUnnamed) = (after.At.Includes(at.Value.From), at.Value.Changes.Unnamed.Contains(bucket));
            // A file that they were told of may have gone, and nobody here knows what it was called.
            if (isHere || hasUnnamed)
            {
                return hasUnnamed ? null : at.Value.First;
            }
        }

        return null;
    }
}

/// <summary>What a subscriber is told next.</summary>
/// <param name="IsResync">It is not known any more what changed: everything is to be listed, then it goes on from <paramref name="Next"/>.</param>
/// <param name="Next">Where to go on once this was taken in.</param>
public sealed record ChangeRead(bool IsResync, IReadOnlyList<NameChange> Changes, SubscriptionPosition Next);
