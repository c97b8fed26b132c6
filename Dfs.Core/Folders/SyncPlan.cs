using Dfs.Core.Listing;

namespace Dfs.Core.Folders;

/// <summary>A file on one side of a comparison of a folder with a prefix of the store.</summary>
/// <param name="Name">Below the folder or the prefix, separated by '/'.</param>
/// <param name="ModifiedAt">When its content was last changed where it comes from; null when the store was not told.</param>
/// <param name="StoredAt">When the store took it; null for a file of the folder.</param>
public sealed record SyncEntry(string Name, long SizeBytes, DateTimeOffset? ModifiedAt, DateTimeOffset? StoredAt);

/// <summary>Why a file is copied.</summary>
public enum SyncReason
{
    /// <summary>The other side has none of that name.</summary>
    Absent,
    Size,
    Time,

    /// <summary>Same size, other content; only where contents are compared.</summary>
    Content,
}

/// <summary>What makes one side like the other: which files to copy, which to compare by content, which to remove at the end.</summary>
/// <remarks>
/// Without contents two files are the same when their sizes are and their times to the millisecond. Where the store was not told a
/// file's own time, the time that it was stored stands in: a file of the folder that is not newer is the same on its way up, and one that
/// has exactly that time, which a fetched file is given, on its way down.
/// </remarks>
/// <param name="Copies">By name, in the order of listings.</param>
/// <param name="Compare">Of the same size, to be compared by content; empty unless asked for.</param>
/// <param name="Removals">Names that only the target has.</param>
public sealed record SyncPlan(
    IReadOnlyList<(string Name, SyncReason Reason)> Copies, IReadOnlyList<string> Compare, IReadOnlyList<string> Removals, int SameCount)
{
    private static readonly TimeSpan SameTime = TimeSpan.FromMilliseconds(1);

    /// <param name="source">In the order of <see cref="NameOrder"/>, no name twice; so is the target.</param>
    /// <param name="byContent">Whether files of the same size are to be compared by their contents instead of their times.</param>
    public static SyncPlan Of(IReadOnlyList<SyncEntry> source, IReadOnlyList<SyncEntry> target, bool byContent)
    {
        List<(string, SyncReason)> copies = [];
        List<string> compare = [], removals = [];
        var (at, other, same) = (0, 0, 0);
        while (at < source.Count || other < target.Count)
        {
            var order = at == source.Count ? 1 : other == target.Count ? -1 : NameOrder.Instance.Compare(source[at].Name, target[other].Name);
            if (order < 0)
            {
                copies.Add((source[at++].Name, SyncReason.Absent));
            }
            else if (order > 0)
            {
                removals.Add(target[other++].Name);
            }
            else
            {
                var (from, to) = (source[at++], target[other++]);
                if (from.SizeBytes != to.SizeBytes)
                {
                    copies.Add((from.Name, SyncReason.Size));
                }
                else if (byContent)
                {
                    compare.Add(from.Name);
                }
                else if (!HaveSameTime(from, to))
                {
                    copies.Add((from.Name, SyncReason.Time));
                }
                else
                {
                    same++;
                }
            }
        }

        return new SyncPlan(copies, compare, removals, same);
    }

    private static bool HaveSameTime(SyncEntry source, SyncEntry target)
    {
        if (source.ModifiedAt is { } from && target.ModifiedAt is { } to)
        {
            return (from - to).Duration() < SameTime;
        }

        // The store was not told the file's own time.
        return source.StoredAt is { } stored
            ? (stored - target.ModifiedAt!.Value).Duration() < SameTime
            : source.ModifiedAt <= target.StoredAt;
    }
}
