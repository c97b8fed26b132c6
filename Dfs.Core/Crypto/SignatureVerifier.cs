using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Verifies batch signatures and remembers the roots that were good, so that a batch costs one ECDSA operation.</summary>
/// <remarks>
/// Remembers at most <see cref="RootsMax"/> roots and forgets the oldest first; only good ones, so that no sender of
/// bad signatures can push them out. Callers may be on several threads.
/// </remarks>
public sealed class SignatureVerifier
{
    /// <summary>4,096: a second of the busiest cluster with a batch for every put, in under 1 MiB.</summary>
    public const int RootsMax = 4096;

    private readonly Lock _lock = new();
    private readonly HashSet<Bytes32> _known = [];
    private readonly Queue<Bytes32> _oldestFirst = new();

    // Making a key costs as much as using it, and nearly all heads of a cluster are one owner's. Taken out while in use.
    private OwnerVerifier? _ofLast;

    /// <summary>How many ECDSA verifications were made; what the cache is there to save.</summary>
    public long Verifications { get; private set; }

    /// <param name="transition">The hash of what is signed.</param>
    public bool Verify(OwnerPublicKey owner, Bytes32 transition, BatchSignature signature)
    {
        var root = SignatureTree.RootFrom(transition, signature.Index, signature.Path);
        // Key and signature belong to what is remembered: the same root under another key proves nothing.
        var memory = MemoryOf(owner, root, signature.RootSignature);
        lock (_lock)
        {
            if (_known.Contains(memory))
            {
                return true;
            }

            Verifications++;
        }

        // Outside of the lock: this is the slow part.
        if (!VerifyRoot(owner, root, signature.RootSignature.Span))
        {
            return false;
        }

        Remember(memory);
        return true;
    }

    private bool VerifyRoot(OwnerPublicKey owner, Bytes32 root, ReadOnlySpan<byte> signature)
    {
        var verifier = Interlocked.Exchange(ref _ofLast, null);
        if (verifier?.Owner != owner)
        {
            verifier?.Dispose();
            verifier = OwnerVerifier.TryCreate(owner);
        }

        var isGood = verifier?.Verify(root, signature) ?? false;
        Interlocked.Exchange(ref _ofLast, verifier)?.Dispose();
        return isGood;
    }

    private void Remember(Bytes32 memory)
    {
        lock (_lock)
        {
            if (_known.Add(memory))
            {
                _oldestFirst.Enqueue(memory);
            }

            if (_oldestFirst.Count > RootsMax)
            {
                _known.Remove(_oldestFirst.Dequeue());
            }
        }
    }

    private static Bytes32 MemoryOf(OwnerPublicKey owner, Bytes32 root, ByteString signature)
    {
        Span<byte> input = stackalloc byte[OwnerPublicKey.SizeBytes + Bytes32.SizeBytes + OwnerSigner.SignatureBytes];
        Invariant.Holds(
            signature.Length == OwnerSigner.SignatureBytes, $"a signature has 64 bytes ({signature.Length})");
        owner.CopyTo(input);
        root.CopyTo(input[OwnerPublicKey.SizeBytes..]);
        signature.Span.CopyTo(input[(OwnerPublicKey.SizeBytes + Bytes32.SizeBytes)..]);
        return MerkleHash.Sha256(input);
    }
}
