using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Transfer;

/// <summary>Checks that a page goes on where the one before ended.</summary>
/// <remarks>Whoever reads to the last page would otherwise never end at a peer that repeats itself.</remarks>
internal static class PageOrder
{
    /// <param name="after">The last id of the page before, or null.</param>
    public static bool GoesOn(IReadOnlyList<ChunkId> ids, PartitionId partition, ChunkId? after, bool hasMore) =>
        (ids.Count > 0 || !hasMore)
        && ids.All(id => id.Partition == partition)
        && Rises(after, ids);

    /// <param name="after">The cursor of the page before, or 0.</param>
    public static bool GoesOn(ChangePage page, ulong after) =>
        (page.IsLast ? page.Cursor >= after : page.Cursor > after && page.Rows.Count > 0)
        && page.Rows.All(row => !row.Key.IsCouncil);

    /// <param name="after">The last register of the page before, or null.</param>
    public static bool GoesOn(PartitionPage page, PartitionId partition, RegisterId? after) =>
        (page.Rows.Count > 0 || page.IsLast)
        && page.Partition.Partition == partition
        && page.Rows.All(row => !row.Key.IsCouncil && row.Key.Partition == partition)
        && Rises(after, page.Rows.Select(row => row.Key.Register));

    private static bool Rises<T>(T? after, IEnumerable<T> ids)
        where T : struct, IComparable<T>
    {
        foreach (var id in ids)
        {
            if (after is { } last && id.CompareTo(last) <= 0)
            {
                return false;
            }

            after = id;
        }

        return true;
    }
}
