using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>A name that is not listed as it was before.</summary>
/// <param name="Now">As it is listed now, perhaps as removed; null when it is not listed any more.</param>
public sealed record NameChange(BucketId Bucket, string Name, ListedName? Now)
{
    public bool IsRemoval => Now is null or { IsRemoved: true };
}

/// <summary>How a table of names differs from what it was.</summary>
/// <param name="Changes">Of each name at most one.</param>
/// <param name="Unnamed">Buckets with a file that was removed before the table knew its name: a tombstone has none.</param>
/// <param name="HasPending">Some of it is known by reads alone, and comes again with the next difference.</param>
public sealed record NameChanges(IReadOnlyList<NameChange> Changes, IReadOnlySet<BucketId> Unnamed, bool HasPending = false);
