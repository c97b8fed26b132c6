using Dfs.Core.Primitives;
using Dfs.Core.Sharing;

namespace Dfs.Client;

/// <summary>Read-only shares of an owner's files, given away as capabilities, and opening the capabilities of others.</summary>
/// <remarks>Thread-safe; outcomes are values. Opening needs no keyring, except for what was sealed to this owner.</remarks>
public interface IShares
{
    /// <summary>Shares a file: whoever has the capability reads it on any node of the cluster until it expires or is revoked.</summary>
    /// <returns>PreconditionFailed when the file has as many shares as fit; NotAllowed when the recipient is none.</returns>
    Task<ShareResult> ShareAsync(ObjectKey key, ShareOptions options, CancellationToken cancellationToken);

    /// <summary>The shares of a file that are in force.</summary>
    Task<ShareListResult> ListAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>Ends a share for the future. What was readable before may have been kept.</summary>
    /// <returns>NotFound when no file of the owner has it.</returns>
    Task<RemoveResult> RevokeAsync(ShareId share, CancellationToken cancellationToken);

    /// <summary>Opens what a capability shares.</summary>
    /// <param name="capability">"dfs1:…"</param>
    /// <returns>NotAllowed when it is damaged, expired, revoked or sealed to another owner.</returns>
    Task<OpenResult> OpenAsync(string capability, CancellationToken cancellationToken);

    /// <summary>What the owner gives to others, so that they can share with nobody else.</summary>
    Task<IdentityResult> IdentityAsync();
}

/// <summary>How a file is to be shared.</summary>
public sealed record ShareOptions
{
    public static readonly ShareOptions Default = new();

    /// <summary>The whole file, so that whoever has the share gets what is current; or only what is current now.</summary>
    public ShareScope Scope { get; init; } = ShareScope.File;

    /// <summary>For a share of one version; null is the current one.</summary>
    public VersionId? Version { get; init; }

    /// <summary>From now; null for no expiry.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>The recipient's identity, "dfs-id1:…"; null for whoever has the capability.</summary>
    public string? To { get; init; }
}

/// <summary>Answer to a sharing.</summary>
/// <param name="Capability">"dfs1:…", a secret; empty when it was not done.</param>
/// <param name="Share">Null when it was not done.</param>
/// <param name="Detail">A sentence for the user when it was not done.</param>
public sealed record ShareResult(DfsOutcome Outcome, string Capability, ShareInfo? Share, string Detail)
{
    public static ShareResult Refused(DfsOutcome outcome, string detail) => new(outcome, "", null, detail);

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"ShareResult {Outcome}";
}

/// <summary>One share that is in force.</summary>
/// <param name="Id">By which it is revoked; no secret.</param>
/// <param name="Expires">Null for never.</param>
public sealed record ShareInfo(string Id, string Key, ShareScope Scope, DateTimeOffset? Expires);

/// <summary>Answer to a question for a file's shares.</summary>
public sealed record ShareListResult(DfsOutcome Outcome, IReadOnlyList<ShareInfo> Shares, string Detail);

/// <summary>Answer to a question for an owner's identity.</summary>
/// <param name="Identity">"dfs-id1:…", public; empty when the keyring is locked.</param>
public sealed record IdentityResult(DfsOutcome Outcome, string Identity, string Detail);
