using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Where others can seal a secret to: a point of P-256 as X ‖ Y, 64 bytes. Never a signing key.</summary>
public readonly record struct AgreementPublicKey(Bytes32 X, Bytes32 Y)
{
    public const int SizeBytes = 64;

    public AgreementPublicKey(ReadOnlySpan<byte> source)
        : this(new Bytes32(source[..32]), new Bytes32(source[32..])) { }

    public bool IsOnCurve => P256.IsOnCurve(X, Y);

    public void CopyTo(Span<byte> target)
    {
        X.CopyTo(target);
        Y.CopyTo(target[32..]);
    }
}

/// <summary>A secret key of ECDH over P-256: an owner's lasting one, or an ephemeral one for a single message.</summary>
/// <remarks>
/// Seals to a recipient: ephemeral key × recipient's key, the raw X through HKDF with label, both public keys and the id of what is
/// sealed, then an <see cref="Envelope"/> (AES-256-CTR, HMAC-SHA256). docs/formats/capability.md, "To a recipient". One thread at a time.
/// </remarks>
public sealed class AgreementKey : IDisposable
{
    /// <summary>A secret of 32 bytes, sealed.</summary>
    public const int SealedBytes = Envelope.OverheadBytes + SecretKey.SizeBytes;

    private readonly ECDiffieHellman _key;

    /// <param name="seed">48 secret bytes.</param>
    internal AgreementKey(ReadOnlySpan<byte> seed)
    {
        var scalar = P256.ScalarOf(seed);
        _key = ECDiffieHellman.Create(P256.Parameters(scalar));
        CryptographicOperations.ZeroMemory(scalar);
        var point = _key.ExportParameters(false).Q;
        PublicKey = new AgreementPublicKey(new Bytes32(point.X), new Bytes32(point.Y));
    }

    public AgreementPublicKey PublicKey { get; }

    /// <summary>For one message.</summary>
    /// <param name="fresh">Drawn twice.</param>
    public static AgreementKey Ephemeral(FreshSource fresh)
    {
        Span<byte> seed = stackalloc byte[2 * FreshBytes.SizeBytes];
        fresh().Take(seed);
        fresh().Take(seed[FreshBytes.SizeBytes..]);
        var key = new AgreementKey(seed[..P256.SeedBytes]);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>Seals with this ephemeral key; use it for nothing else.</summary>
    /// <param name="recipient">On the curve.</param>
    public byte[] Seal(AgreementPublicKey recipient, ShareId id, ReadOnlySpan<byte> secret, FreshBytes salt)
    {
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        DeriveKey(recipient, PublicKey, recipient, id, key);
        var bytes = Envelope.Seal(key, EnvelopeKind.Recipient, id.Value.ToArray(), salt, secret);
        CryptographicOperations.ZeroMemory(key);
        return bytes;
    }

    /// <summary>Opens with this recipient's key.</summary>
    /// <returns>Null when the point is off the curve, or it was sealed to another or changed since; else for the caller to zero.</returns>
    public byte[]? TryOpen(AgreementPublicKey ephemeral, ShareId id, ReadOnlySpan<byte> bytes)
    {
        if (!ephemeral.IsOnCurve)
        {
            return null;
        }

        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        DeriveKey(ephemeral, ephemeral, PublicKey, id, key);
        var isOpen = Envelope.TryOpen(key, EnvelopeKind.Recipient, id.Value.ToArray(), bytes, out var secret);
        CryptographicOperations.ZeroMemory(key);
        return isOpen && secret!.Length == SecretKey.SizeBytes ? secret : null;
    }

    public void Dispose() => _key.Dispose();

    public override string ToString() => "AgreementKey (secret)";

    private void DeriveKey(
        AgreementPublicKey other, AgreementPublicKey ephemeral, AgreementPublicKey recipient, ShareId id, Span<byte> key)
    {
        Invariant.Holds(other.IsOnCurve, "a key is agreed on with a point of the curve");
        using var theirs = ECDiffieHellman.Create(P256.Parameters(other.X, other.Y));
        var x = _key.DeriveRawSecretAgreement(theirs.PublicKey);
        var context = new ByteWriter(2 * AgreementPublicKey.SizeBytes + Bytes16.SizeBytes);
        context.Bytes32(ephemeral.X);
        context.Bytes32(ephemeral.Y);
        context.Bytes32(recipient.X);
        context.Bytes32(recipient.Y);
        context.Bytes16(id.Value);
        Kdf.Derive(x, default, "dfs share to 1"u8, context.Written, key);
        CryptographicOperations.ZeroMemory(x);
    }
}
