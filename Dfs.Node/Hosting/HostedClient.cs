using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Core.Primitives;

namespace Dfs.Node.Hosting;

/// <summary>The node's client, whichever actor system is behind it at the moment; without one it says so.</summary>
internal sealed class HostedClient(Func<IDfsClient?> current) : IDfsClient
{
    private const string NotNow = "The node is getting into its cluster; try again in a moment.";

    public Task<PutResult> PutAsync(ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken) =>
        current()?.PutAsync(key, content, options, cancellationToken)
        ?? Task.FromResult(PutResult.Refused(DfsOutcome.NotReady, NotNow));

    public Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken) =>
        current()?.OpenAsync(key, cancellationToken) ?? Task.FromResult(OpenResult.Refused(DfsOutcome.NotReady, NotNow));

    public Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken) =>
        current()?.RemoveAsync(key, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

    public Task<ListResult> ListAsync(string bucket, string prefix, CancellationToken cancellationToken) =>
        current()?.ListAsync(bucket, prefix, cancellationToken) ?? Task.FromResult(new ListResult(DfsOutcome.NotReady, [], NotNow));
}
