using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>An owner's public key, ready to verify with.</summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class OwnerVerifier : IDisposable
{
    private readonly ECDsa _ecdsa;

    private OwnerVerifier(OwnerPublicKey owner, ECDsa ecdsa) => (Owner, _ecdsa) = (owner, ecdsa);

    public OwnerPublicKey Owner { get; }

    /// <returns>Null when the key is not a point of the curve.</returns>
    public static OwnerVerifier? TryCreate(OwnerPublicKey owner)
    {
        try
        {
            return new OwnerVerifier(owner, ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = owner.X.ToArray(), Y = owner.Y.ToArray() },
            }));
        }
        catch (CryptographicException)
        {
            // The library's way to say that the point is not on the curve.
            return null;
        }
    }

    /// <param name="signature">r ‖ s; of any other length it is not good.</param>
    public bool Verify(Bytes32 hash, ReadOnlySpan<byte> signature) =>
        signature.Length == OwnerSigner.SignatureBytes
        && _ecdsa.VerifyHash(hash.ToArray(), signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => _ecdsa.Dispose();
}
