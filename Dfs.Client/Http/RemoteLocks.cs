using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Client.Http;

/// <summary>The admin interface locks nothing; the S3 endpoint does.</summary>
internal sealed class RemoteLocks : ILocks
{
    public Task<RemoveResult> SetAsync(
        ObjectKey key, VersionId? version, LockWish wish, bool opensGovernance, CancellationToken cancellationToken) =>
        Task.FromResult(new RemoveResult(DfsOutcome.NotAllowed, RemoteCompositions.Elsewhere));

    public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, bool opensGovernance, CancellationToken cancellationToken) =>
        Task.FromResult(new RemoveResult(DfsOutcome.NotAllowed, RemoteCompositions.Elsewhere));
}
