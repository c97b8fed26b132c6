using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>The versions that a file has in a bucket that keeps them.</summary>
/// <remarks>Thread-safe; outcomes are values. NotFound also when the file has no such version.</remarks>
public interface IVersions
{
    /// <summary>1,000: what a person or a program is given at once unless it asks for more.</summary>
    const int ListedByDefault = 1000;

    /// <summary>The newest versions, newest first; a file that was removed still has them.</summary>
    /// <param name="countMax">At most so many; pages of older ones are not read.</param>
    Task<VersionsResult> ListAsync(ObjectKey key, int countMax, CancellationToken cancellationToken);

    /// <summary>Opens one version for reading; PreconditionFailed for a delete marker.</summary>
    Task<OpenResult> OpenAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken);

    /// <summary>Makes a version the current one again, as a new version; no content is sent anywhere.</summary>
    Task<PutResult> RestoreAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken);

    /// <summary>Takes this version out of the history and destroys its key slot; the others stay.</summary>
    Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken);

    /// <summary>Removes the file as <see cref="IDfsClient.RemoveAsync"/> does, if this is its current version; else PreconditionFailed.</summary>
    Task<RemoveResult> RemoveCurrentAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken);

    /// <summary>
    /// In a bucket that keeps versions, marks the file as deleted whatever is there: nothing, or a mark already. In others, and where the
    /// condition asks for a version, as <see cref="RemoveCurrentAsync"/>.
    /// </summary>
    /// <param name="current">What must be the current version; null for no condition.</param>
    Task<RemoveResult> MarkRemovedAsync(ObjectKey key, VersionId? current, CancellationToken cancellationToken);

    /// <summary>Compares the stored pieces of two versions.</summary>
    /// <param name="to">Null is the current version.</param>
    /// <param name="from">Null is the one before <paramref name="to"/>.</param>
    Task<DiffResult> DiffAsync(ObjectKey key, VersionId? from, VersionId? to, CancellationToken cancellationToken);
}

/// <summary>One version of a file.</summary>
/// <param name="ModifiedAt">When it was stored, or the file removed, by the clock of the node that did it.</param>
/// <param name="StoredBytes">What its chunks take on a disk, those that it shares with others included.</param>
/// <param name="ETag">As the S3 endpoint shows it; empty for what was not stored through it.</param>
/// <param name="IsNull">The file's null version, which <see cref="VersionId.Null"/> means, too.</param>
public sealed record VersionEntry(
    VersionId Version, bool IsDeleteMarker, long SizeBytes, DateTimeOffset ModifiedAt, long StoredBytes, string ETag = "",
    bool IsNull = false);

/// <summary>Answer to a listing of versions.</summary>
public sealed record VersionsResult(DfsOutcome Outcome, IReadOnlyList<VersionEntry> Versions, string Detail);

/// <summary>What two versions have in common.</summary>
/// <param name="SharedChunks">Different chunks that both need.</param>
/// <param name="SharedBytes">Bytes of <paramref name="To"/>'s content that lie in them.</param>
public sealed record VersionDiff(
    VersionId From, VersionId To, long FromBytes, long ToBytes, long FromChunks, long ToChunks, long SharedChunks, long SharedBytes);

/// <summary>Answer to a comparison; <paramref name="Diff"/> is there exactly when the outcome is Done.</summary>
public sealed record DiffResult(DfsOutcome Outcome, VersionDiff? Diff, string Detail);
