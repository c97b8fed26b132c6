using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Opens what heads carry, and believes none that is not the owner's.</summary>
internal static class OpenHeads
{
    /// <param name="seen">Remembers it once it is believed.</param>
    /// <exception cref="TransferException">It is no head, another file's, or not signed by the owner.</exception>
    public static Head Verify(ReadOnlyMemory<byte> value, RegisterId register, OwnerPublicKey owner, SignatureVerifier verifier, SeenHeads seen)
    {
        if (!HeadCodec.TryDecode(value.Span, out var signedHead, out var hash)
            || signedHead.Head.Register != register || signedHead.Head.Owner != owner
            || !verifier.Verify(owner, hash, signedHead.Signature))
        {
            throw new TransferException(DfsOutcome.Damaged, "What the replicas hold for this key is not signed by its owner.");
        }

        seen.Read(signedHead.Head);
        return signedHead.Head;
    }

    /// <summary>A version's key; the caller's to dispose.</summary>
    /// <exception cref="TransferException">The keyring does not open its slot.</exception>
    public static VersionKey VersionKey(Head head, HeadVersion version, WrapKeys wraps)
    {
        return KeyOf(version.Slot, head.PlaceOf(EnvelopeKind.KeySlot, version.Id), wraps);
    }

    /// <summary>Unwraps a slot; the caller disposes of the key.</summary>
    /// <exception cref="TransferException">The keyring does not open it.</exception>
    public static VersionKey KeyOf(KeySlot slot, EnvelopeContext place, WrapKeys wraps)
    {
        if (wraps.TryGet(slot.Epoch, out var wrapKey))
        {
            using (wrapKey)
            {
                if (slot.TryUnwrap(wrapKey, place, out var key))
                {
                    return key;
                }
            }
        }

        throw NotOurs();
    }

    /// <param name="root">The sealed manifest, from the head or from its chunk.</param>
    /// <exception cref="TransferException">The keyring does not open it.</exception>
    public static Manifest Manifest(Head head, HeadVersion version, ReadOnlySpan<byte> root, BucketKeys bucket)
    {
        using var key = VersionKey(head, version, bucket.Wraps);
        return Manifest(head, version.Id, key, root);
    }

    /// <exception cref="TransferException">It is damaged, or another version's.</exception>
    public static Manifest Manifest(Head head, VersionId version, VersionKey key, ReadOnlySpan<byte> root) =>
        Core.Manifests.Manifest.TryOpen(key, head.PlaceOf(EnvelopeKind.Manifest, version), root, out var manifest)
            ? manifest
            : throw NotOurs();

    public static TransferException NotOurs() => new(DfsOutcome.Damaged, "The keyring of this node does not open this file.");
}
