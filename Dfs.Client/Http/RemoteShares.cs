using Dfs.Core.Primitives;
using Dfs.Core.Sharing;

namespace Dfs.Client.Http;

/// <summary>The shares behind a node's admin interface.</summary>
internal sealed class RemoteShares(NodeFiles node) : IShares
{
    public async Task<ShareResult> ShareAsync(ObjectKey key, ShareOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var wish = new AdminShareWish(options.Scope == ShareScope.File ? null : options.Version?.ToString() ?? "", (long?)options.Expires?.TotalSeconds, options.To);
            var answer = await node.ShareAsync(key.Bucket, key.Name, wish, cancellationToken);
            return new ShareResult(answer.Outcome, answer.Capability, answer.Shares[0], answer.Detail);
        }
        catch (DfsException refused)
        {
            return ShareResult.Refused(refused.Outcome, refused.Message);
        }
    }

    public async Task<ShareListResult> ListAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.SharesAsync(key.Bucket, key.Name, cancellationToken);
            return new ShareListResult(answer.Outcome, answer.Shares, answer.Detail);
        }
        catch (DfsException refused)
        {
            return new ShareListResult(refused.Outcome, [], refused.Message);
        }
    }

    public async Task<RemoveResult> RevokeAsync(ShareId share, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.RevokeAsync(share.ToString(), cancellationToken);
            return new RemoveResult(answer.Outcome, answer.Detail);
        }
        catch (DfsException refused)
        {
            return new RemoveResult(refused.Outcome, refused.Message);
        }
    }

    public async Task<OpenResult> OpenAsync(string capability, CancellationToken cancellationToken)
    {
        try
        {
            return await RemoteFile.OpenAsync((range, same, token) => node.GetSharedAsync(capability, range, same, token), cancellationToken);
        }
        catch (DfsException refused)
        {
            return OpenResult.Refused(refused.Outcome, refused.Message);
        }
    }

    public async Task<IdentityResult> IdentityAsync()
    {
        try
        {
            return await node.IdentityAsync(CancellationToken.None);
        }
        catch (DfsException refused)
        {
            return new IdentityResult(refused.Outcome, "", refused.Message);
        }
    }
}
