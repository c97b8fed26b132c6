using Dfs.Actors.Client;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary>The shares behind a node's admin interface.</summary>
internal sealed class RemoteShares(NodeClient node) : IShares
{
    public async Task<ShareResult> ShareAsync(ObjectKey key, ShareOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var wish = new AdminShareWish(options.Scope == ShareScope.File ? null : options.Version?.ToString() ?? "", (long?)options.Expires?.TotalSeconds, options.To);
            var answer = await node.ShareAsync(key.Bucket, key.Name, wish, cancellationToken);
            return new ShareResult(answer.Outcome, answer.Capability, answer.Shares[0], answer.Detail);
        }
        catch (CliException refused)
        {
            return ShareResult.Refused(RemoteClient.OutcomeOf(refused), refused.Message);
        }
    }

    public async Task<ShareListResult> ListAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.SharesAsync(key.Bucket, key.Name, cancellationToken);
            return new ShareListResult(answer.Outcome, answer.Shares, answer.Detail);
        }
        catch (CliException refused)
        {
            return new ShareListResult(RemoteClient.OutcomeOf(refused), [], refused.Message);
        }
    }

    public async Task<RemoveResult> RevokeAsync(ShareId share, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.RevokeAsync(share.ToString(), cancellationToken);
            return new RemoveResult(answer.Outcome, answer.Detail);
        }
        catch (CliException refused)
        {
            return new RemoveResult(RemoteClient.OutcomeOf(refused), refused.Message);
        }
    }

    public async Task<OpenResult> OpenAsync(string capability, CancellationToken cancellationToken)
    {
        try
        {
            return new OpenResult(
                DfsOutcome.Done, new RemoteClient.RemoteFile(await node.GetSharedAsync(capability, null, cancellationToken)), "");
        }
        catch (CliException refused)
        {
            return OpenResult.Refused(RemoteClient.OutcomeOf(refused), refused.Message);
        }
    }

    public async Task<IdentityResult> IdentityAsync()
    {
        try
        {
            return await node.IdentityAsync(CancellationToken.None);
        }
        catch (CliException refused)
        {
            return new IdentityResult(RemoteClient.OutcomeOf(refused), "", refused.Message);
        }
    }
}
