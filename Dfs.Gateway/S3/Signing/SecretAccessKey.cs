using System.Security.Cryptography;
using System.Text;

namespace Dfs.Gateway.S3.Signing;

/// <summary>The secret part of an access key; never printed.</summary>
public sealed class SecretAccessKey
{
    public const int CharsMin = 8;

    /// <summary>128, as other stores have it.</summary>
    public const int CharsMax = 128;

    private readonly byte[] _bytes;

    public SecretAccessKey(string text) => _bytes = Encoding.UTF8.GetBytes(text);

    /// <summary>Thirty random bytes: as long as AWS's, 40 characters of base64.</summary>
    public static SecretAccessKey Create() => new(Convert.ToBase64String(RandomNumberGenerator.GetBytes(30)));

    /// <summary>Null when it can be one; else a sentence for the user.</summary>
    public static string? Refusal(string text) => text.Length is >= CharsMin and <= CharsMax && text.All(c => c is > ' ' and < '\x7f')
        ? null
        : $"A secret key has {CharsMin} to {CharsMax} printable characters without spaces.";

    /// <summary>For the one answer that shows it, and for what is sealed.</summary>
    public string Reveal() => Encoding.UTF8.GetString(_bytes);

    public override string ToString() => "SecretAccessKey (secret)";

    internal byte[] WithPrefix() => [.. "AWS4"u8, .. _bytes];
}
