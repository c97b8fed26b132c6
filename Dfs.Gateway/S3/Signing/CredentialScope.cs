using System.Diagnostics.CodeAnalysis;

namespace Dfs.Gateway.S3.Signing;

/// <summary>For which day, region and service a signing key is.</summary>
/// <param name="Date">yyyyMMdd.</param>
public sealed record CredentialScope(string Date, string Region, string Service)
{
    private const string Terminator = "aws4_request";

    /// <summary>Parses ACCESSKEY/yyyyMMdd/region/service/aws4_request.</summary>
    /// <remarks>From its end: an access key may have slashes in it.</remarks>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? accessKey, [NotNullWhen(true)] out CredentialScope? scope)
    {
        (accessKey, scope) = (null, null);
        var parts = text.Split('/');
        if (parts.Length < 5 || parts[^1] != Terminator || parts[^4].Length != 8 || !parts[^4].All(char.IsAsciiDigit))
        {
            return false;
        }

        accessKey = string.Join('/', parts[..^4]);
        scope = new CredentialScope(parts[^4], parts[^3], parts[^2]);
        return accessKey.Length > 0;
    }

    public override string ToString() => $"{Date}/{Region}/{Service}/{Terminator}";
}
