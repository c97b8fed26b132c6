using System.Security.Cryptography;
using Dfs.Core.Crypto;

namespace Dfs.Storage.Keyring;

/// <summary>How long a guess at a passphrase takes: rounds of PBKDF2-HMAC-SHA256.</summary>
public static class PassphraseCost
{
    /// <summary>600,000: what OWASP asks for since 2023. A file with fewer is refused, so nobody can lower it.</summary>
    public const int RoundsMin = 600_000;

    /// <summary>20 million, some ten seconds: a file with more is refused, so that it cannot stall a node.</summary>
    public const int RoundsMax = 20_000_000;

    public const int SaltBytes = 32;

    private const int RoundsToMeasure = 100_000;

    /// <summary>As many rounds as take about a second here.</summary>
    public static int Calibrate(TimeProvider time)
    {
        var start = time.GetTimestamp();
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        Rfc2898DeriveBytes.Pbkdf2("calibration", new byte[SaltBytes], key, RoundsToMeasure, HashAlgorithmName.SHA256);
        var seconds = Math.Max(time.GetElapsedTime(start).TotalSeconds, 1e-3);
        return (int)Math.Clamp(RoundsToMeasure / seconds, RoundsMin, RoundsMax);
    }

    /// <param name="passphrase">Its UTF-8 bytes as they are; no normalization.</param>
    internal static void Derive(ReadOnlySpan<char> passphrase, ReadOnlySpan<byte> salt, int rounds, Span<byte> key) =>
        Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, key, rounds, HashAlgorithmName.SHA256);
}
