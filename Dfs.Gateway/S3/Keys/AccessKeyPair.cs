using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Keys;

/// <summary>An access key: its public part, and the secret that requests are signed with.</summary>
public sealed record AccessKeyPair(string AccessKey, SecretAccessKey Secret)
{
    /// <summary>128, as AWS has it.</summary>
    public const int CharsMax = 128;

    /// <summary>Null when the public part can be that; else a sentence for the user.</summary>
    public static string? Refusal(string accessKey) =>
        accessKey.Length is >= 3 and <= CharsMax && accessKey.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? null
            : $"An access key has 3 to {CharsMax} letters, digits, '-', '_' and '.'.";

    public override string ToString() => $"AccessKeyPair {AccessKey}";
}
