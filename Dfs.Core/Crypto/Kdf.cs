using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>HKDF-SHA256 (RFC 5869) with labels that keep every purpose apart.</summary>
internal static class Kdf
{
    /// <summary>Derives from a uniform key: HKDF with an empty salt, info = label ‖ 0 ‖ context.</summary>
    /// <param name="label">ASCII, unique to the purpose, ends in its version.</param>
    /// <param name="context">Of fixed length for the label, or made of length-prefixed fields.</param>
    public static void Derive(
        SecretKey key, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> target) =>
        Derive(key.Span, default, label, context, target);

    public static void Derive(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context,
        Span<byte> target)
    {
        Invariant.Holds(!label.Contains((byte)0), "a label has no zero byte, which ends it");
        var sizeBytes = label.Length + 1 + context.Length;
        var info = sizeBytes <= 512 ? stackalloc byte[sizeBytes] : new byte[sizeBytes];
        label.CopyTo(info);
        info[label.Length] = 0;
        context.CopyTo(info[(label.Length + 1)..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, target, salt, info);
    }
}
