using System.Collections.Immutable;
using Dfs.Actors.Client;
using Dfs.Core.Primitives;

namespace Dfs.Node.Cli;

/// <summary>The admin interface makes no files of others and sets no tags; the S3 endpoint does.</summary>
internal sealed class RemoteCompositions : ICompositions
{
    private const string Elsewhere = "Only a node itself can do that; its S3 endpoint offers it.";

    public Task<PutResult> PutAsync(ObjectKey key, IReadOnlyList<FilePart> parts, PutOptions options, CancellationToken cancellationToken) =>
        Task.FromResult(PutResult.Refused(DfsOutcome.NotAllowed, Elsewhere));

    public Task<RemoveResult> TagAsync(
        ObjectKey key, VersionId? version, ImmutableSortedDictionary<string, string> tags, CancellationToken cancellationToken) =>
        Task.FromResult(new RemoveResult(DfsOutcome.NotAllowed, Elsewhere));
}
