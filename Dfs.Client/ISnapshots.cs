using Dfs.Core.Listing;
using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>Snapshots of a bucket that keeps versions: what all of its files were at one time.</summary>
/// <remarks>
/// Thread-safe; outcomes are values. A snapshot has what was acknowledged before it was asked for, and nothing that began after
/// the answer; of what was under way in between each file shows one state, the same to every reader once it has been acknowledged.
/// Names of buckets and snapshots are checked by the caller (<see cref="Core.Manifests.BucketSnapshots.NameRefusal"/>).
/// </remarks>
public interface ISnapshots
{
    /// <summary>Oldest first.</summary>
    Task<SnapshotsResult> ListAsync(string bucket, CancellationToken cancellationToken);

    /// <returns>PreconditionFailed when the bucket keeps no versions, has one of the name, or has no room for more.</returns>
    Task<SnapshotsResult> CreateAsync(string bucket, string name, CancellationToken cancellationToken);

    /// <summary>Versions that nothing else keeps go with the next pass of the bucket's rules.</summary>
    Task<SnapshotsResult> RemoveAsync(string bucket, string name, CancellationToken cancellationToken);

    /// <summary>Makes every file what it was, each by a change of its own: a new version, or a delete marker. Nothing is lost by it.</summary>
    Task<SnapshotRestoreResult> RestoreAsync(string bucket, string name, CancellationToken cancellationToken);

    /// <summary>Opens a file as it was.</summary>
    Task<OpenResult> OpenAsync(ObjectKey key, string snapshot, CancellationToken cancellationToken);

    /// <summary>A page of the names that the bucket had.</summary>
    Task<ListPage> ListFilesAsync(string bucket, string snapshot, ListOptions options, CancellationToken cancellationToken);
}

/// <summary>A snapshot. <paramref name="CreatedAt"/> is by the clock of the node that made it.</summary>
public sealed record SnapshotEntry(string Name, DateTimeOffset CreatedAt);

/// <summary>Answer about snapshots: those that are there, or the one that was made or removed.</summary>
public sealed record SnapshotsResult(DfsOutcome Outcome, IReadOnlyList<SnapshotEntry> Snapshots, string Detail);

/// <summary>How a restoration ended: the files that were changed, also when it stopped in the middle.</summary>
/// <param name="Restored">Got their content of then as a new version.</param>
/// <param name="Removed">Were not there then.</param>
/// <param name="Unchanged">Are still what they were.</param>
public sealed record SnapshotRestoreResult(DfsOutcome Outcome, long Restored, long Removed, long Unchanged, string Detail);
