using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Opens what heads carry, and believes none that is not the owner's.</summary>
internal static class OpenHeads
{
    /// <exception cref="TransferException">It is no head, another file's, or not signed by the owner.</exception>
    public static Head Verify(ReadOnlyMemory<byte> value, RegisterId register, OwnerPublicKey owner, SignatureVerifier verifier)
    {
        if (!HeadCodec.TryDecode(value.Span, out var signedHead, out var hash)
            || signedHead.Head.Register != register || signedHead.Head.Owner != owner
            || !verifier.Verify(owner, hash, signedHead.Signature))
        {
            throw new TransferException(DfsOutcome.Damaged, "What the replicas hold for this key is not signed by its owner.");
        }

        return signedHead.Head;
    }

    /// <param name="root">The sealed manifest, from the head or from its chunk.</param>
    /// <exception cref="TransferException">The keyring does not open it.</exception>
    public static Manifest Manifest(Head head, HeadVersion version, ReadOnlySpan<byte> root, BucketKeys bucket)
    {
        var slot = version.Slot;
        if (bucket.TryWrapKey(slot.Epoch, out var wrapKey))
        {
            using (wrapKey)
            {
                if (slot.TryUnwrap(wrapKey, head.PlaceOf(EnvelopeKind.KeySlot, version.Id), out var key))
                {
                    using (key)
                    {
                        if (Core.Manifests.Manifest.TryOpen(key, head.PlaceOf(EnvelopeKind.Manifest, version.Id), root, out var manifest))
                        {
                            return manifest;
                        }
                    }
                }
            }
        }

        throw new TransferException(DfsOutcome.Damaged, "The keyring of this node does not open this file.");
    }
}
