using System.Collections.Immutable;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Signs head transitions for an owner: ECDSA over P-256, signatures of fixed length (r ‖ s).</summary>
/// <remarks>
/// The key comes from the owner's seed, so that every copy of a keyring signs as the same owner. Signature bytes
/// differ from call to call and are never ids. One thread at a time.
/// </remarks>
public sealed class OwnerSigner : IDisposable
{
    public const int SignatureBytes = 64;

    /// <summary>48 bytes: reduced modulo the group order, 128 bits more than it has, so that no bias is left.</summary>
    public const int SeedBytes = P256.SeedBytes;

    private readonly ECDsa _ecdsa;

    /// <param name="seed">48 secret bytes; FIPS 186-5, A.2.1: private key = seed mod (n - 1) + 1.</param>
    public OwnerSigner(ReadOnlySpan<byte> seed)
    {
        var secret = P256.ScalarOf(seed);
        _ecdsa = ECDsa.Create(P256.Parameters(secret));
        CryptographicOperations.ZeroMemory(secret);
        var point = _ecdsa.ExportParameters(false).Q;
        PublicKey = new OwnerPublicKey(new Bytes32(point.X), new Bytes32(point.Y));
    }

    public OwnerPublicKey PublicKey { get; }

    /// <summary>One signature for many transitions; each gets it with its path to the signed root.</summary>
    /// <param name="transitions">Hashes of what is signed, at most <see cref="BatchSignature.BatchMax"/>.</param>
    public ImmutableArray<BatchSignature> Sign(ReadOnlySpan<Bytes32> transitions)
    {
        var tree = new SignatureTree(transitions);
        var signature = new ByteString(_ecdsa.SignHash(
            tree.Root.ToArray(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        var signatures = ImmutableArray.CreateBuilder<BatchSignature>(transitions.Length);
        for (var index = 0; index < transitions.Length; index++)
        {
            signatures.Add(new BatchSignature(signature, (ushort)index, tree.PathOf(index)));
        }

        return signatures.MoveToImmutable();
    }

    public BatchSignature Sign(Bytes32 transition) => Sign([transition])[0];

    public void Dispose() => _ecdsa.Dispose();

    public override string ToString() => $"OwnerSigner (secret) of {PublicKey}";
}
