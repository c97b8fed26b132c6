using System.Security.Cryptography;
using Dfs.Core.Crypto;

namespace Dfs.Storage.Keyring;

/// <summary>The system's random source, for salts and keys.</summary>
public static class FreshRandom
{
    public static FreshBytes Draw()
    {
        Span<byte> bytes = stackalloc byte[FreshBytes.SizeBytes];
        RandomNumberGenerator.Fill(bytes);
        var fresh = new FreshBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return fresh;
    }

    /// <summary>A passphrase to write down: 24 letters and digits in six groups, 118 bits.</summary>
    public static string Passphrase()
    {
        // Without i, l, o, 0 and 1, which look alike.
        const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
        return string.Join(' ', Enumerable.Range(0, 6).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));
    }
}
