namespace Dfs.Core.Trust;

/// <summary>What a node may ask of another one by its role; everything else any member may.</summary>
public enum RoleRight
{
    /// <summary>Signatures under a layout.</summary>
    AskLayoutSignatures,

    /// <summary>What a node does with an owner's keys.</summary>
    AskOwners,

    /// <summary>Saying which chunks are garbage.</summary>
    CollectGarbage,
}

/// <summary>What a node that only stores may not ask for: it would take no part in it, so who asks is not what its certificate says.</summary>
public static class RoleRule
{
    /// <param name="sender">Of its certificate; null where connections have none that names nodes.</param>
    public static bool May(NodeIdentity? sender, RoleRight right) =>
        sender is not { Role: NodeRole.Storage } || right is not (RoleRight.AskLayoutSignatures or RoleRight.AskOwners or RoleRight.CollectGarbage);

    /// <summary>The role of a certificate: the lesser of what is allowed and what is asked for.</summary>
    public static NodeRole Granted(NodeRole allowed, NodeRole asked) =>
        allowed == NodeRole.Gateway && asked == NodeRole.Gateway ? NodeRole.Gateway : NodeRole.Storage;
}
