using System.Collections.Immutable;
using System.IO.Pipelines;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>What a program can do with the store through the node that it runs in or reaches.</summary>
/// <remarks>
/// Thread-safe. Outcomes that a caller can act on are values (<see cref="DfsOutcome"/>), never exceptions; only
/// cancellation throws. Memory per transfer is bounded, whatever the file's size.
/// </remarks>
public interface IDfsClient
{
    /// <summary>Stores the content under the key, replacing what was there; NotFound when there is no such bucket.</summary>
    /// <param name="content">Read to its end; completed by this call, also when it fails.</param>
    /// <returns>Stored only when a majority of replicas have everything durable.</returns>
    Task<PutResult> PutAsync(ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken);

    /// <summary>Opens the current version for reading.</summary>
    /// <returns>The open file, which the caller disposes of; or why there is none.</returns>
    Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the file and destroys its keys on a majority of replicas; the others follow. In a bucket that keeps versions it
    /// leaves a delete marker, and what was there can be restored.
    /// </summary>
    Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>
    /// A page of a bucket's names in the ordinal order of their UTF-8; sees every write acknowledged before the call. Pages that
    /// follow each other see writes between them; a name that is there all the while is on exactly one of them.
    /// </summary>
    Task<ListPage> ListAsync(string bucket, ListOptions options, CancellationToken cancellationToken);

    /// <summary>Files made of the content that other files have.</summary>
    ICompositions Compositions { get; }

    /// <summary>Older versions of files.</summary>
    IVersions Versions { get; }

    /// <summary>What keeps versions of files from being taken out.</summary>
    ILocks Locks { get; }

    /// <summary>Buckets as they were.</summary>
    ISnapshots Snapshots { get; }

    /// <summary>What happens to files.</summary>
    ISubscriptions Subscriptions { get; }

    /// <summary>The owner's buckets and their settings.</summary>
    IBuckets Buckets { get; }

    /// <summary>The owner's shares, and the opening of anybody's.</summary>
    IShares Shares { get; }
}

/// <summary>How a request to the store ended.</summary>
public enum DfsOutcome
{
    Done,

    /// <summary>There is no such file, or the caller's keyring cannot name it.</summary>
    NotFound,

    /// <summary>Fewer than a majority of the replicas answered in time; nothing was changed. Try again.</summary>
    NoQuorum,

    /// <summary>The change may or may not have taken effect; reading the key tells.</summary>
    Indeterminate,

    /// <summary>A condition of the request does not hold.</summary>
    PreconditionFailed,

    /// <summary>This node's limit of transfers is reached; try again.</summary>
    Busy,

    /// <summary>Too few replicas have room.</summary>
    DiskFull,

    /// <summary>The node is not yet part of a cluster with a layout.</summary>
    NotReady,

    /// <summary>The content's source failed or ended early.</summary>
    SourceFailed,

    /// <summary>No replica has an intact copy of what the file needs, or what it says of itself is not authentic.</summary>
    Damaged,

    /// <summary>The owner's keyring is locked on this node; nothing was changed.</summary>
    Locked,

    /// <summary>A capability is damaged, expired, revoked, or somebody else's; or the caller's token is, or is not granted this.</summary>
    NotAllowed,

    /// <summary>A programming error; the node's log has it.</summary>
    Failed,

    /// <summary>No node answers at the address, or it broke a reading off; try again, or at another node. Never a node's own answer.</summary>
    Unreachable,
}

/// <summary>How a put is to be done.</summary>
public sealed record PutOptions
{
    public static readonly PutOptions Default = new();

    /// <summary>MIME type kept with the file, sealed.</summary>
    public string ContentType { get; init; } = "application/octet-stream";

    /// <summary>
    /// What is kept with the file instead of the content type alone. Asked once the content was read to its end, because an ETag or
    /// a checksum is the content's; <see cref="FileFacts.ModifiedUnixMs"/> is the store's. They must pass
    /// <see cref="FileFacts.Refusal"/>.
    /// </summary>
    public Func<FileFacts>? Facts { get; init; }

    /// <summary>
    /// When the content was last changed where it comes from, kept with the file as rclone keeps it over S3; without
    /// <see cref="Facts"/> only. <see cref="IOpenFile.ModifiedAt"/> is when it was stored.
    /// </summary>
    public DateTimeOffset? SourceModifiedAt { get; init; }

    /// <summary>
    /// The program's own metadata, sealed with the file; without <see cref="Facts"/> only. What it may be:
    /// <see cref="UserMetadata.Refusal"/>. <see cref="UserMetadata.Of(FileFacts)"/> reads it back.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = FileFacts.NoPairs;

    /// <summary>Refused with <see cref="DfsOutcome.PreconditionFailed"/> when the key has a file.</summary>
    public bool OnlyIfAbsent { get; init; }

    /// <summary>Refused with <see cref="DfsOutcome.PreconditionFailed"/> unless this version is the current one; null for any.</summary>
    public VersionId? OnlyIfVersion { get; init; }

    /// <summary>In a bucket where files can be locked: how, in place of what the bucket says; null for that.</summary>
    public LockWish? Lock { get; init; }

    /// <summary>Exact size of the content in bytes where the caller knows it; an early end then fails the put.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Some of the content may be stored by an attempt before this one: replicas are asked before it is sent to them.</summary>
    public bool IsResumed { get; init; }

    /// <summary>
    /// Two puts of one id are made once: the second finds that the head knows it (<see cref="PutResult.WasMadeBefore"/>), also when the file was removed or
    /// replaced since, for as long as heads remember ids. Null: every put is one of its own.
    /// </summary>
    internal OperationId? Operation { get; init; }

    /// <summary>Is shown the content, and has a say in whether it is stored; null for nobody.</summary>
    internal IContentCheck? Check { get; init; }

    internal FileFacts FactsNow(DateTimeOffset now) => (Facts?.Invoke() ?? OwnFacts) with { ModifiedUnixMs = now.ToUnixTimeMilliseconds() };

    /// <summary>What is kept without <see cref="Facts"/>.</summary>
    internal FileFacts OwnFacts =>
        SourceTime.Keep(UserMetadata.Keep(FileFacts.None with { ContentType = ContentType }, Metadata), SourceModifiedAt);

    internal HeadCondition Condition => OnlyIfVersion is { } version ? HeadCondition.IfVersion(version)
        : OnlyIfAbsent ? HeadCondition.IfAbsent
        : HeadCondition.None;
}

/// <summary>Answer to a put. <paramref name="Detail"/> is a sentence for the user when it was not done.</summary>
public sealed record PutResult(DfsOutcome Outcome, long SizeBytes, VersionId Version, string Detail)
{
    /// <summary>Bytes of the content that were stored before, by an attempt that broke off or in another file of the bucket.</summary>
    public long FoundBytes { get; init; }

    /// <summary>An earlier put with the same <see cref="PutOptions.Operation"/> was made, perhaps of other content; this one changed nothing, and has no version.</summary>
    internal bool WasMadeBefore { get; init; }

    public static PutResult Refused(DfsOutcome outcome, string detail) => new(outcome, 0, default, detail);
}

/// <summary>Answer to an open. <paramref name="File"/> is there exactly when the outcome is Done.</summary>
public sealed record OpenResult(DfsOutcome Outcome, IOpenFile? File, string Detail)
{
    public static OpenResult Refused(DfsOutcome outcome, string detail) => new(outcome, null, detail);
}

/// <summary>Answer to a removal. <paramref name="Marker"/> is the version that says so, where versions are kept.</summary>
public sealed record RemoveResult(DfsOutcome Outcome, string Detail, VersionId? Marker = null);

/// <summary>A page of a listing.</summary>
/// <param name="CommonPrefixes">What names with the delimiter were put together to, in their order.</param>
/// <param name="Next"><see cref="ListOptions.After"/> of the next page; null when the listing ends here.</param>
public sealed record ListPage(
    DfsOutcome Outcome, IReadOnlyList<FileEntry> Entries, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string? Next, string Detail)
{
    public static ListPage Refused(DfsOutcome outcome, string detail) => new(outcome, [], [], IsTruncated: false, null, detail);
}

/// <summary>One name of a listing.</summary>
/// <param name="ETag">As it is kept with the file; empty when it was stored without one.</param>
/// <param name="Version">The current one.</param>
/// <param name="IsRemoved">The current version says that the file was removed; listed only when it is asked for.</param>
public sealed record FileEntry(
    string Name, long SizeBytes, DateTimeOffset ModifiedAt, string ETag, VersionId Version, bool IsRemoved = false);

/// <summary>One version, opened for reading.</summary>
public interface IOpenFile : IAsyncDisposable
{
    long SizeBytes { get; }

    string ContentType { get; }

    DateTimeOffset ModifiedAt { get; }

    /// <summary>Its ETag, metadata and tags; through a node's http address its type, its time and the <see cref="UserMetadata"/>.</summary>
    FileFacts Facts { get; }

    VersionId Version { get; }

    /// <summary>It is the file's null version: see <see cref="VersionId.Null"/>.</summary>
    bool IsNull => false;

    /// <summary>What keeps it from being taken out; a download from a node does not say.</summary>
    VersionLock Lock => VersionLock.None;

    /// <summary>Writes bytes [offset, offset + count) to the pipe; every chunk was verified before its first byte is written.</summary>
    /// <param name="target">Flushed, not completed, by this call.</param>
    /// <returns>Done, or why the content stopped short; the bytes written until then are right.</returns>
    Task<TransferEnd> CopyToAsync(PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken);
}

/// <summary>How a download ended.</summary>
public sealed record TransferEnd(DfsOutcome Outcome, long WrittenBytes, string Detail);
