using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Dfs.Core.Crypto;

/// <summary>Seals what is not a chunk: manifests, key slots, names, keyrings. Encrypt, then MAC.</summary>
/// <remarks>
/// A fresh salt in every header, and with it fresh keys: sealing the same thing again never repeats a keystream.
/// The context (what it is, whose, where) goes into the keys, so an envelope opens in its own place only. The MAC is
/// checked, in constant time, before anything is decrypted. Docs: docs/formats/manifest.md, "Envelope".
/// </remarks>
public static class Envelope
{
    /// <summary>Magic (4), version, suite, kind (1 each), salt (32).</summary>
    public const int HeaderBytes = 7 + FreshBytes.SizeBytes;

    public const int MacBytes = 32;

    public const int OverheadBytes = HeaderBytes + MacBytes;

    private const byte Version = 1;

    /// <summary>AES-256-CTR and HMAC-SHA256 under HKDF-SHA256.</summary>
    private const byte Suite = 1;

    private static ReadOnlySpan<byte> Magic => "DFSE"u8;

    private static ReadOnlySpan<byte> Label => "dfs envelope 1"u8;

    /// <param name="salt">Used up by this call.</param>
    public static byte[] Seal(SecretKey key, EnvelopeContext context, FreshBytes salt, ReadOnlySpan<byte> plain) =>
        Seal(key.Span, context.Kind, context.Encode(), salt, plain);

    /// <returns>False when any byte differs from what was sealed, or the key or the place is another one.</returns>
    public static bool TryOpen(
        SecretKey key, EnvelopeContext context, ReadOnlySpan<byte> envelope, [NotNullWhen(true)] out byte[]? plain) =>
        TryOpen(key.Span, context.Kind, context.Encode(), envelope, out plain);

    /// <param name="context">Made of fields of fixed length, or length-prefixed.</param>
    public static byte[] Seal(
        ReadOnlySpan<byte> key, EnvelopeKind kind, ReadOnlySpan<byte> context, FreshBytes salt,
        ReadOnlySpan<byte> plain)
    {
        var envelope = new byte[OverheadBytes + plain.Length];
        Magic.CopyTo(envelope);
        (envelope[4], envelope[5], envelope[6]) = (Version, Suite, (byte)kind);
        salt.Take(envelope.AsSpan(7, FreshBytes.SizeBytes));
        Span<byte> keys = stackalloc byte[2 * SecretKey.SizeBytes];
        DeriveKeys(key, kind, context, envelope, keys);
        var cipherEnd = envelope.Length - MacBytes;
        using (var cipher = new AesCtr(keys[..SecretKey.SizeBytes], stackalloc byte[AesCtr.BlockBytes]))
        {
            cipher.Transform(plain, envelope.AsSpan(HeaderBytes, plain.Length), 0);
        }

        HMACSHA256.HashData(keys[SecretKey.SizeBytes..], envelope.AsSpan(0, cipherEnd), envelope.AsSpan(cipherEnd));
        CryptographicOperations.ZeroMemory(keys);
        return envelope;
    }

    /// <inheritdoc cref="Seal(ReadOnlySpan{byte}, EnvelopeKind, ReadOnlySpan{byte}, FreshBytes, ReadOnlySpan{byte})"/>
    public static bool TryOpen(
        ReadOnlySpan<byte> key, EnvelopeKind kind, ReadOnlySpan<byte> context, ReadOnlySpan<byte> envelope,
        [NotNullWhen(true)] out byte[]? plain)
    {
        plain = null;
        if (envelope.Length < OverheadBytes || !envelope.StartsWith(Magic) || envelope[4] != Version
            || envelope[5] != Suite || envelope[6] != (byte)kind)
        {
            return false;
        }

        Span<byte> keys = stackalloc byte[2 * SecretKey.SizeBytes];
        DeriveKeys(key, kind, context, envelope, keys);
        var cipherEnd = envelope.Length - MacBytes;
        Span<byte> mac = stackalloc byte[MacBytes];
        HMACSHA256.HashData(keys[SecretKey.SizeBytes..], envelope[..cipherEnd], mac);
        if (CryptographicOperations.FixedTimeEquals(mac, envelope[cipherEnd..]))
        {
            plain = new byte[cipherEnd - HeaderBytes];
            using var cipher = new AesCtr(keys[..SecretKey.SizeBytes], stackalloc byte[AesCtr.BlockBytes]);
            cipher.Transform(envelope[HeaderBytes..cipherEnd], plain, 0);
        }

        CryptographicOperations.ZeroMemory(keys);
        return plain is not null;
    }

    /// <summary>enc ‖ mac = HKDF(key, salt, label ‖ suite ‖ kind ‖ context).</summary>
    private static void DeriveKeys(
        ReadOnlySpan<byte> key, EnvelopeKind kind, ReadOnlySpan<byte> context, ReadOnlySpan<byte> header,
        Span<byte> keys) =>
        Kdf.Derive(
            key, header.Slice(7, FreshBytes.SizeBytes), Label, [Suite, (byte)kind, .. context], keys);
}
