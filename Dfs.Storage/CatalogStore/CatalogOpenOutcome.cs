using Dfs.Core.Primitives;

namespace Dfs.Storage.CatalogStore;

/// <summary>What opening a catalog came to; <see cref="Message"/> is a sentence for the person who started the node.</summary>
/// <remarks>All but the first and the last mean that the directory's replica id must not be used again (a new one joins in its place).</remarks>
public abstract record CatalogOpenOutcome(string Message)
{
    public sealed record Opened(CatalogStore Store) : CatalogOpenOutcome("The catalog is open.");

    /// <summary>The directory has served before, but its catalog is gone or empty.</summary>
    public sealed record Missing(string Path)
        : CatalogOpenOutcome($"The catalog {Path} is missing, and with it every promise of this directory. "
            + "Move the directory's content away and let the node start anew; its data is repaired from the others.");

    /// <summary>The catalog was made under another id, or has seen a later start than the directory.</summary>
    public sealed record Mismatch(string Path, ReplicaId Found)
        : CatalogOpenOutcome($"The catalog {Path} belongs to another state of this directory (replica {Found}): "
            + "a part of it was put back from a copy. Move its content away and let the node start anew.");

    /// <summary>A write was lost, or a row is damaged.</summary>
    public sealed record Ended(string Path, string Cause)
        : CatalogOpenOutcome($"The catalog {Path} has ended: {Cause} "
            + "Move the directory's content away and let the node start anew; its data is repaired from the others.");

    /// <summary>It may open another time: no room, no right, another process.</summary>
    public sealed record Failed(string Path, string Cause)
        : CatalogOpenOutcome($"The catalog {Path} cannot be opened: {Cause}");
}

/// <summary>A page of a replica's changes.</summary>
/// <param name="Rows">In the order of their changes; a row without a value is gone.</param>
/// <param name="Cursor">Where the next page starts.</param>
/// <param name="IsLast">Nothing has changed after it.</param>
/// <param name="Floor">A cursor below has missed rows: pull everything instead.</param>
public sealed record ChangePage(IReadOnlyList<Core.Catalog.RegisterRow> Rows, ulong Cursor, bool IsLast, ulong Floor)
{
    /// <summary>Instead of a page: the cursor is none of this replica's history. Everything is to be pulled.</summary>
    public static readonly ChangePage Elsewhere = new([], 0, IsLast: false, 0);

    /// <summary>What the feed is called since the replica's start; null of a peer of an earlier version.</summary>
    public Bytes16? Feed { get; init; }
}

/// <summary>A page of one partition.</summary>
/// <param name="Number">The layout that the replica answered under; a layout change counts its own only.</param>
/// <param name="Partition">Its promises, as of this page.</param>
public sealed record PartitionPage(
    LayoutNumber Number, Core.Catalog.PartitionRow Partition, IReadOnlyList<Core.Catalog.RegisterRow> Rows, bool IsLast);
