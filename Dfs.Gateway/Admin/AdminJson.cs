using System.Text.Json.Serialization;
using Dfs.Actors.Client;
using Dfs.Core.Repair;

namespace Dfs.Gateway.Admin;

/// <summary>Answer of the admin interface to a put, a removal or a refusal.</summary>
/// <param name="Detail">A sentence for the user.</param>
/// <param name="FoundBytes">How much of a put's content was stored before.</param>
public sealed record AdminAnswer(DfsOutcome Outcome, string Detail, long SizeBytes = 0, string Version = "", long FoundBytes = 0);

/// <summary>A page of a listing.</summary>
/// <param name="Next">"after" of the next page; null when the listing ends here.</param>
public sealed record AdminListing(
    DfsOutcome Outcome, string Detail, IReadOnlyList<AdminFile> Entries, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string? Next);

/// <summary>One name of a listing.</summary>
/// <param name="IsRemoved">Its current version says that the file was removed; listed only when it is asked for.</param>
/// <param name="SourceModifiedAt">When the content was last changed where it came from; only when it is asked for and known.</param>
public sealed record AdminFile(
    string Name, long SizeBytes, DateTimeOffset ModifiedAt, string ETag, string Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsRemoved = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] DateTimeOffset? SourceModifiedAt = null);

/// <summary>A bucket; its settings are words such as "profile": "small".</summary>
public sealed record AdminBucket(string Name, IReadOnlyDictionary<string, string> Settings);

/// <summary>Answer to a request about buckets; those that are there, or that were made, changed or removed.</summary>
public sealed record AdminBuckets(DfsOutcome Outcome, string Detail, IReadOnlyList<AdminBucket> Buckets);

/// <summary>A version of a file; <paramref name="StoredBytes"/> counts chunks that it shares with others too.</summary>
public sealed record AdminVersion(string Version, bool IsDeleteMarker, long SizeBytes, DateTimeOffset ModifiedAt, long StoredBytes);

/// <summary>Answer to a question for versions, newest first.</summary>
public sealed record AdminVersions(DfsOutcome Outcome, string Detail, IReadOnlyList<AdminVersion> Versions);

/// <summary>What two versions have in common.</summary>
/// <param name="SharedBytes">Bytes of the second one's content that the first one has too.</param>
public sealed record AdminDiff(
    string From, string To, long FromBytes, long ToBytes, long FromChunks, long ToChunks, long SharedChunks, long SharedBytes);

/// <summary>The owners of a node.</summary>
public sealed record AdminOwnerList(IReadOnlyList<OwnerStatus> Owners);

/// <summary>A wish to share a file.</summary>
/// <param name="Version">Null for the whole file, empty for the current version, else a version's id.</param>
/// <param name="ExpiresInSeconds">Null for never.</param>
/// <param name="To">The recipient's identity; null for whoever has the capability.</param>
public sealed record AdminShareWish(string? Version, long? ExpiresInSeconds, string? To);

/// <summary>Answer to a wish to share, or to a question for shares.</summary>
/// <param name="Capability">A secret; empty except after sharing.</param>
public sealed record AdminShares(DfsOutcome Outcome, string Detail, string Capability, IReadOnlyList<ShareInfo> Shares)
{
    public override string ToString() => $"AdminShares {Outcome}";
}

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
