using System.Text.Json.Serialization;

namespace Dfs.Client.Http;

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
public sealed record AdminVersion(string Version, bool IsDeleteMarker, long SizeBytes, DateTimeOffset ModifiedAt, long StoredBytes)
{
    /// <exception cref="DfsException">The id is none.</exception>
    public VersionEntry ToEntry() => new(RemoteVersions.IdOf(Version), IsDeleteMarker, SizeBytes, ModifiedAt, StoredBytes);
}

/// <summary>Answer to a question for versions, newest first.</summary>
public sealed record AdminVersions(DfsOutcome Outcome, string Detail, IReadOnlyList<AdminVersion> Versions);

/// <summary>What two versions have in common.</summary>
/// <param name="SharedBytes">Bytes of the second one's content that the first one has too.</param>
public sealed record AdminDiff(
    string From, string To, long FromBytes, long ToBytes, long FromChunks, long ToChunks, long SharedChunks, long SharedBytes);

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

/// <summary>Answer to a subscriber.</summary>
/// <param name="Next">"after" of the next question, and what is acknowledged.</param>
public sealed record AdminChanges(DfsOutcome Outcome, string Detail, IReadOnlyList<AdminChange> Changes, string Next)
{
    public static AdminChanges Of(ChangesResult result) => new(result.Outcome, result.Detail, [.. result.Changes.Select(AdminChange.Of)], result.Next);

    public ChangesResult ToResult() => new(Outcome, [.. Changes.Select(change => change.ToChange())], Next, Detail);
}

/// <summary>One thing that a subscriber is told.</summary>
/// <param name="File">What is there now; null where nothing is.</param>
public sealed record AdminChange(ChangeKind Kind, string Name, AdminFile? File)
{
    public static AdminChange Of(FileChange change) => new(change.Kind, change.Name, change.File is { } file
        ? new AdminFile(file.Name, file.SizeBytes, file.ModifiedAt, file.ETag, file.Version.ToString(), file.IsRemoved)
        : null);

    public FileChange ToChange() => new(Kind, Name, File is { } file ? RemoteClient.EntryOf(file) : null);
}

/// <summary>The JSON of the routes of files and buckets, made without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(AdminAnswer))]
[JsonSerializable(typeof(AdminListing))]
[JsonSerializable(typeof(AdminChanges))]
[JsonSerializable(typeof(AdminVersions))]
[JsonSerializable(typeof(AdminDiff))]
[JsonSerializable(typeof(AdminBuckets))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(AdminShareWish))]
[JsonSerializable(typeof(AdminShares))]
[JsonSerializable(typeof(IdentityResult))]
[JsonSerializable(typeof(SnapshotsResult))]
[JsonSerializable(typeof(SnapshotRestoreResult))]
public sealed partial class NodeJson : JsonSerializerContext;
