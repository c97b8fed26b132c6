using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>What the index takes from a head, so that the head itself need not be kept.</summary>
/// <param name="IsRemoved">A tombstone.</param>
/// <param name="Epoch">The lowest key epoch that anything in it is wrapped in; of a tombstone without meaning.</param>
/// <param name="Name">What is listed; null for what is not: tombstones, and what could not be opened.</param>
/// <param name="IsSealed">The keys at hand do not open all of it.</param>
/// <param name="HasHistory">There is more than one version, or a delete marker.</param>
public sealed record HeadFacts(
    BucketId Bucket, bool IsRemoved, bool HasShares, KeyEpoch Epoch, ListedName? Name, bool IsSealed, bool HasHistory = false);

/// <summary>Opens the value of a register.</summary>
/// <returns>Null when it is not a head of the index's owner.</returns>
public delegate HeadFacts? HeadOpener(RegisterId register, ReadOnlySpan<byte> value);

/// <summary>A register of the owner, and the bucket that it belongs to.</summary>
public readonly record struct OwnedRegister(RegisterId Register, BucketId Bucket);
