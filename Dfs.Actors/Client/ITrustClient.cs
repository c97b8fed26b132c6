using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>Lets nodes in and expels them, on a node that has the cluster's authority.</summary>
public interface ITrustClient
{
    /// <summary>Makes an invitation, durably.</summary>
    /// <param name="node">The replica id of the only directory that may use it; null: any that the cluster does not know.</param>
    /// <param name="note">At most 100 bytes.</param>
    /// <param name="storesOnly">Whether the certificate will be one of a node that only stores.</param>
    TrustAnswer Invite(TimeSpan lifetime, string? node, string note, bool storesOnly);

    IReadOnlyList<InvitationInfo> Invitations { get; }

    /// <summary>Ends an invitation that is not used yet. Harmless again.</summary>
    TrustAnswer Withdraw(string id);

    /// <summary>Takes a node's certificate back, for good.</summary>
    /// <param name="node">Its name, or its replica id.</param>
    Task<TrustAnswer> ExpelAsync(string node, CancellationToken cancellation);

    /// <summary>Gets this node a new certificate, without a stop.</summary>
    Task<TrustAnswer> RenewAsync(CancellationToken cancellation);
}

/// <param name="Invitation">The secret text; null where none was made.</param>
/// <param name="Detail">A sentence for a person.</param>
public sealed record TrustAnswer(DfsOutcome Outcome, string Detail, string? Invitation = null)
{
    public override string ToString() => $"{Outcome}: {Detail}";
}

/// <param name="UsedBy">Replica id; null until it is used.</param>
public sealed record InvitationInfo(string Id, DateTimeOffset Expires, string? Node, string? UsedBy, string Note)
{
    /// <summary>It makes nodes that only store.</summary>
    public bool StoresOnly { get; init; }
}
