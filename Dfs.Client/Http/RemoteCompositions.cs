using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Client.Http;

/// <summary>The admin interface makes no files of others and sets no tags; the S3 endpoint does.</summary>
internal sealed class RemoteCompositions : ICompositions
{
    internal const string Elsewhere = "Only a node itself can do that; its S3 endpoint offers it.";

    public Task<PutResult> PutAsync(ObjectKey key, IReadOnlyList<FilePart> parts, PutOptions options, CancellationToken cancellationToken) =>
        Task.FromResult(PutResult.Refused(DfsOutcome.NotAllowed, Elsewhere));

    public Task<RemoveResult> ChangeFactsAsync(
        ObjectKey key, VersionId? version, Func<FileFacts, FileFacts> change, CancellationToken cancellationToken) =>
        Task.FromResult(new RemoveResult(DfsOutcome.NotAllowed, Elsewhere));
}
