using System.Collections.Immutable;
using System.Numerics;
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
    public const int SeedBytes = 48;

    // Of the group of P-256 (SP 800-186, 3.2.1.3).
    private static readonly BigInteger GroupOrder = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
        System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    private readonly ECDsa _ecdsa;

    /// <param name="seed">48 secret bytes; FIPS 186-5, A.2.1: private key = seed mod (n - 1) + 1.</param>
    public OwnerSigner(ReadOnlySpan<byte> seed)
    {
        Invariant.Holds(seed.Length == SeedBytes, $"a signing seed has {SeedBytes} bytes ({seed.Length})");
        var scalar = BigInteger.Remainder(new BigInteger(seed, isUnsigned: true, isBigEndian: true), GroupOrder - 1) + 1;
        var secret = new byte[Bytes32.SizeBytes];
        scalar.TryWriteBytes(secret.AsSpan(Bytes32.SizeBytes - scalar.GetByteCount(isUnsigned: true)), out _, true, true);
        _ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret });
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
