using System.Text.Json.Serialization;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Repair;
using Dfs.Storage.Audit;

namespace Dfs.Gateway.Admin;

/// <summary>The owners of a node.</summary>
public sealed record AdminOwnerList(IReadOnlyList<OwnerStatus> Owners);

/// <summary>What whoever has a share link is told of the file.</summary>
/// <param name="Expires">Null for never.</param>
public sealed record SharedFile(string Name, long SizeBytes, string ContentType, DateTimeOffset ModifiedAt, DateTimeOffset? Expires);

/// <summary>Answer about an upload in parts.</summary>
/// <param name="Id">Empty when it was not begun or found.</param>
/// <param name="Parts">Those that are durable, by their numbers.</param>
public sealed record AdminUpload(DfsOutcome Outcome, string Detail, string Id, IReadOnlyList<AdminPart> Parts);

/// <summary>A part of an upload.</summary>
/// <param name="Number">From 1.</param>
public sealed record AdminPart(int Number, long SizeBytes);

/// <summary>What an upload is to have when it is completed; anything else is refused.</summary>
public sealed record AdminUploadEnd(int Parts, long SizeBytes);

/// <summary>A new access key of the S3 endpoint; the only answer that has the secret.</summary>
public sealed record AdminAccessKey(DfsOutcome Outcome, string AccessKey, string SecretKey)
{
    public override string ToString() => $"AdminAccessKey {AccessKey}";
}

/// <summary>A page of an owner's access keys; <paramref name="Next"/> begins the next one.</summary>
public sealed record AdminAccessKeys(DfsOutcome Outcome, string Detail, IReadOnlyList<AdminAccessKeyEntry> Keys, string? Next);

/// <summary>The public part of an access key.</summary>
/// <param name="Detail">Why what it opens cannot be told; empty when it can.</param>
public sealed record AdminAccessKeyEntry(string AccessKey, DateTimeOffset CreatedAt, IReadOnlyList<AdminGrant> Grants, string Detail = "");

/// <summary>What a key opens. <paramref name="Grant"/> is BUCKET[/PREFIX]:VERB,VERB.</summary>
/// <param name="Expires">Null for never.</param>
public sealed record AdminGrant(string Grant, DateTimeOffset? Expires);

/// <summary>A new token; the only answer that has it.</summary>
/// <param name="Token">What its user shows to a node.</param>
public sealed record AdminAccessToken(DfsOutcome Outcome, string Id, string Token)
{
    public override string ToString() => $"AdminAccessToken {Id}";
}

/// <summary>A page of an owner's tokens; <paramref name="Next"/> begins the next one.</summary>
public sealed record AdminAccessTokens(DfsOutcome Outcome, string Detail, IReadOnlyList<AdminAccessTokenEntry> Tokens, string? Next);

/// <summary>The public part of a token.</summary>
/// <param name="Detail">Why what it opens cannot be told; empty when it can.</param>
public sealed record AdminAccessTokenEntry(string Id, DateTimeOffset CreatedAt, IReadOnlyList<AdminGrant> Grants, string Detail = "");

/// <summary>Who asks, and what that opens.</summary>
/// <param name="Kind">NodeToken or Token.</param>
/// <param name="Owner">Id; empty for all of the node's owners.</param>
public sealed record AdminAccess(string Kind, string Id, string Owner, IReadOnlyList<AdminGrant> Grants);

/// <summary>What a new key or token is to open.</summary>
/// <param name="Grants">Each BUCKET[/PREFIX]:VERB,VERB; null for what is usual.</param>
/// <param name="ExpiresInSeconds">Null for never.</param>
/// <param name="ReadOnly">Of the grants only reading and listing.</param>
public sealed record AdminKeyWish(IReadOnlyList<string>? Grants, long? ExpiresInSeconds, bool ReadOnly = false);

/// <summary>What has fewer copies than it should, and what is done about it.</summary>
public sealed record AdminRepair(Redundancy Redundancy, RepairProgress Repair);

/// <summary>Whether a node may be stopped; <paramref name="Detail"/> says why not, or how many more may fail then.</summary>
public sealed record AdminCanStop(string Node, bool CanStop, string Detail);

/// <summary>The admin interface's JSON, made without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(AdminAnswer))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditFinding))]
[JsonSerializable(typeof(AdminAccessKey))]
[JsonSerializable(typeof(AdminAccessKeys))]
[JsonSerializable(typeof(AdminKeyWish))]
[JsonSerializable(typeof(AdminAccessToken))]
[JsonSerializable(typeof(AdminAccessTokens))]
[JsonSerializable(typeof(AdminAccess))]
[JsonSerializable(typeof(AdminListing))]
[JsonSerializable(typeof(AdminUpload))]
[JsonSerializable(typeof(AdminUploadEnd))]
[JsonSerializable(typeof(SharedFile))]
[JsonSerializable(typeof(AdminVersions))]
[JsonSerializable(typeof(AdminDiff))]
[JsonSerializable(typeof(AdminBuckets))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(AdminOwnerList))]
[JsonSerializable(typeof(AdminShareWish))]
[JsonSerializable(typeof(AdminShares))]
[JsonSerializable(typeof(IdentityResult))]
[JsonSerializable(typeof(SnapshotsResult))]
[JsonSerializable(typeof(SnapshotRestoreResult))]
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(AdminRepair))]
[JsonSerializable(typeof(AdminCanStop))]
[JsonSerializable(typeof(LayoutPlan))]
[JsonSerializable(typeof(ScrubStatus))]
[JsonSerializable(typeof(GarbageRun))]
[JsonSerializable(typeof(GarbageStatus))]
[JsonSerializable(typeof(AdminEvents))]
[JsonSerializable(typeof(TrustAnswer))]
[JsonSerializable(typeof(IReadOnlyList<InvitationInfo>))]
public sealed partial class AdminJson : JsonSerializerContext;
