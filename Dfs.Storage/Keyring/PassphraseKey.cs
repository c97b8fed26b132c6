using Dfs.Core.Crypto;

namespace Dfs.Storage.Keyring;

/// <summary>What a passphrase came to, for one salt and one number of rounds: wraps a keyring.</summary>
/// <remarks>
/// A node keeps it while the keyring is unlocked, so that it can write the keyring again without knowing the passphrase.
/// Wrapping again under the same key is safe: each envelope has a fresh salt of its own.
/// </remarks>
public sealed class PassphraseKey : IDisposable
{
    private readonly byte[] _salt;
    private readonly WrappingKey _key;

    /// <summary>Takes as long as a guess does; <see cref="PassphraseCost"/>.</summary>
    /// <param name="salt">32 bytes.</param>
    public PassphraseKey(ReadOnlySpan<char> passphrase, ReadOnlySpan<byte> salt, int rounds)
    {
        (_salt, Rounds) = (salt.ToArray(), rounds);
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        PassphraseCost.Derive(passphrase, salt, rounds, key);
        _key = new WrappingKey(key);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(key);
    }

    public int Rounds { get; }

    internal ReadOnlySpan<byte> Salt => _salt;

    internal ReadOnlySpan<byte> Key => _key.Span;

    /// <summary>Draws a salt, and takes as many rounds as a second allows here.</summary>
    public static PassphraseKey Create(ReadOnlySpan<char> passphrase, TimeProvider time)
    {
        Span<byte> salt = stackalloc byte[PassphraseCost.SaltBytes];
        FreshRandom.Draw().Take(salt);
        return new PassphraseKey(passphrase, salt, PassphraseCost.Calibrate(time));
    }

    public void Dispose() => _key.Dispose();

    public override string ToString() => "PassphraseKey (secret)";

    private sealed class WrappingKey(ReadOnlySpan<byte> source) : SecretKey(source);
}
