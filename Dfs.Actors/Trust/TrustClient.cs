using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Trust;

namespace Dfs.Actors.Trust;

/// <summary>What people ask of a node's trust.</summary>
/// <param name="admission">Null where the node does not have the cluster's authority.</param>
/// <param name="keeper">Null where connections between nodes are plain.</param>
public sealed class TrustClient(Admission? admission, TrustKeeper? keeper) : ITrustClient
{
    private static readonly TrustAnswer None = new(
        DfsOutcome.NotAllowed, "This node does not have the cluster's authority; ask one that does. Where connections between nodes are plain, there is nobody to invite or to expel.");

    public IReadOnlyList<InvitationInfo> Invitations => admission?.Invitations ?? [];

    public TrustAnswer Invite(TimeSpan lifetime, string? node, string note, bool storesOnly) =>
        admission?.Invite(lifetime, node, note, storesOnly ? NodeRole.Storage : NodeRole.Gateway) ?? None;

    public TrustAnswer Withdraw(string id) => admission?.Withdraw(id) ?? None;

    public Task<TrustAnswer> RenewAsync(CancellationToken cancellation) => keeper?.RenewAsync(cancellation)
        ?? Task.FromResult(new TrustAnswer(DfsOutcome.NotAllowed, "Connections between nodes are plain here: there is no certificate."));

    public Task<TrustAnswer> ExpelAsync(string node, CancellationToken cancellation) => keeper?.ExpelAsync(node, cancellation) ?? Task.FromResult(None);
}
