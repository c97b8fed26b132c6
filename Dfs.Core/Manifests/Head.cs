using System.Collections.Immutable;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>The value of a file's register: which versions exist, newest first.</summary>
/// <remarks>
/// Changed by <see cref="HeadTransition"/> only, written by <see cref="HeadCodec"/> with the owner's signature.
/// Removed heads stay as tombstones: no versions, keys or name, so that only the counter and the operations live on.
/// </remarks>
public sealed record Head
{
    /// <summary>How many operations a proposer can be late to recognise its own.</summary>
    public const int OperationsMax = 16;

    public const int GrantsBytesMax = 4096;

    public required ClusterId Cluster { get; init; }

    /// <summary>In the clear, so that a listing asks for its bucket's heads only; it shows which files share a bucket.</summary>
    public required BucketId Bucket { get; init; }

    public required RegisterId Register { get; init; }

    public required OwnerPublicKey Owner { get; init; }

    /// <summary>One more with every change.</summary>
    public required ulong Counter { get; init; }

    /// <summary>Hash of the head that this one was made from; zero for the first.</summary>
    public required Bytes32 Previous { get; init; }

    /// <summary>A tombstone.</summary>
    public bool IsRemoved => Versions.IsEmpty;

    /// <summary>See <see cref="SealedName"/>; empty when removed.</summary>
    public ByteString Name { get; init; } = ByteString.Empty;

    /// <summary>The newest ones.</summary>
    public ImmutableArray<HeadVersion> Versions { get; init; } = [];

    /// <summary>Where older versions are than those in <see cref="Versions"/>; null when there are none.</summary>
    /// <remarks>Has a key slot of its own: whoever ends a key epoch wraps it again, too.</remarks>
    public HeadHistory? History { get; init; }

    /// <summary>A version in the pages of the history is a null version; it counts for nothing while the head has a newer one.</summary>
    public bool HasNullInHistory { get; init; }

    /// <summary>A version in the pages has, or had, a lock: they are not let go of unread.</summary>
    public bool HasLockInHistory { get; init; }

    /// <summary>A null version in the pages that a newer one in the head has taken the place of, and that is still to be taken out.</summary>
    public bool HasReplacedNull => HasNullInHistory && Versions.Any(version => version.IsNull);

    /// <summary>Whether a version in the pages counts.</summary>
    public bool Shows(HeadVersion paged) => !(paged.IsNull && HasReplacedNull);

    /// <summary>Newest first.</summary>
    public ImmutableArray<OperationId> Operations { get; init; } = [];

    /// <summary>The file's shares, as <c>Dfs.Core.Sharing</c> encodes them; empty when there are none.</summary>
    public ByteString Grants { get; init; } = ByteString.Empty;

    /// <summary>The newest version; null when removed. May be a delete marker.</summary>
    public HeadVersion? Current => IsRemoved ? null : Versions[0];

    /// <summary>What a reader gets; null when there is nothing to read.</summary>
    public HeadVersion? Readable => Current is { IsDeleteMarker: false } version ? version : null;

    /// <summary>Where things of this file are sealed.</summary>
    /// <param name="version">Default for what belongs to all versions.</param>
    public EnvelopeContext PlaceOf(EnvelopeKind kind, VersionId version = default) =>
        new(kind, Cluster, Bucket, Register, version);

    public bool Equals(Head? other) => other is not null && HeadCodec.HashOf(this) == HeadCodec.HashOf(other);

    public override int GetHashCode() => HashCode.Combine(Register, Counter, Previous);
}

/// <summary>A head and its owner's word for it.</summary>
public sealed record SignedHead(Head Head, BatchSignature Signature);
