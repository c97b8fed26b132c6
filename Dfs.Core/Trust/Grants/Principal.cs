namespace Dfs.Core.Trust.Grants;

/// <summary>Who asks: whoever showed a token or signed with an access key.</summary>
/// <param name="Kind">What was shown.</param>
/// <param name="Id">The public part of it.</param>
/// <param name="OwnerId">Whose files it is about; empty for those of all the node's owners.</param>
public sealed record Principal(PrincipalKind Kind, string Id, string OwnerId, GrantSet Grants)
{
    /// <summary>Whoever has the node's own token: nothing is denied.</summary>
    public static readonly Principal NodeToken = new(PrincipalKind.NodeToken, "admin.token", "", GrantSet.Everything);

    public bool MayActFor(string ownerId) => OwnerId.Length == 0 || OwnerId == ownerId;
}

/// <summary>What somebody showed to be let in.</summary>
public enum PrincipalKind
{
    NodeToken,
    Token,
    AccessKey,
}
