using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>Locks of versions, in buckets that have them: what is locked is not taken out by any way in.</summary>
/// <remarks>
/// Thread-safe; outcomes are values: NotAllowed when a lock is in the way. Decided on the latest head in the round that changes it, so that of a lock
/// and a removal at the same time one is refused. Terms end by the median of the nodes' clocks, and not at all while too few of them answer.
/// </remarks>
public interface ILocks
{
    /// <summary>Locks a version, or changes its lock.</summary>
    /// <param name="version">Null is the current one.</param>
    /// <param name="opensGovernance">The asker may shorten terms of <see cref="LockMode.Governance"/>; who calls this has made sure.</param>
    Task<RemoveResult> SetAsync(ObjectKey key, VersionId? version, LockWish wish, bool opensGovernance, CancellationToken cancellationToken);

    /// <summary>As <see cref="IVersions.RemoveAsync"/>.</summary>
    /// <inheritdoc cref="SetAsync"/>
    Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, bool opensGovernance, CancellationToken cancellationToken);
}
