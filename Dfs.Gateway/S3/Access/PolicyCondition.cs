using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace Dfs.Gateway.S3.Access;

/// <summary>A condition of a statement: an operator, the name of a value of the request, and what it is compared with.</summary>
/// <remarks>Pure; "IAM JSON policy elements: Condition operators" in the AWS IAM User Guide.</remarks>
internal sealed record PolicyCondition(string Operator, bool IfExists, string Key, ImmutableArray<string> Values)
{
    private const string IfExistsSuffix = "IfExists";

    /// <summary>What a request has a value for; a policy that asks for anything else would not do what it says, and is refused.</summary>
    private static readonly string[] Keys =
    [
        "aws:currenttime", "aws:epochtime", "aws:referer", "aws:securetransport", "aws:sourceip", "aws:useragent", "s3:authtype", "s3:delimiter",
        "s3:max-keys", "s3:object-lock-legal-hold", "s3:object-lock-mode", "s3:object-lock-retain-until-date", "s3:prefix", "s3:signatureversion",
        "s3:versionid", "s3:x-amz-acl", "s3:x-amz-content-sha256", "s3:x-amz-copy-source", "s3:x-amz-grant-full-control", "s3:x-amz-grant-read",
        "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write", "s3:x-amz-grant-write-acp", "s3:x-amz-metadata-directive",
        "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-storage-class",
    ];

    private static readonly string[] KeyPrefixes = ["s3:existingobjecttag/", "s3:requestobjecttag/"];

    private static readonly string[] Operators =
    [
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
        "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
        "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
        "Bool", "IpAddress", "NotIpAddress", "Null",
    ];

    /// <summary>Whether it needs the tags that the object has.</summary>
    public bool NeedsObjectTags => Key.StartsWith("s3:existingobjecttag/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it narrows a statement down to known addresses, so that its principal "*" is not everybody.</summary>
    public bool IsFixed => Key.Equals("aws:SourceIp", StringComparison.OrdinalIgnoreCase) && Operator == "IpAddress" && !IfExists
        && Values.All(value => !value.EndsWith("/0", StringComparison.Ordinal));

    /// <exception cref="FormatException">There is no such operator or value here.</exception>
    public static PolicyCondition Create(string name, string key, ImmutableArray<string> values)
    {
        var ifExists = name.EndsWith(IfExistsSuffix, StringComparison.Ordinal);
        var known = ifExists ? name[..^IfExistsSuffix.Length] : name;
        if (!Operators.Contains(known) || (ifExists && known == "Null"))
        {
            throw new FormatException($"The condition {name} is not offered.");
        }

        var lower = key.ToLowerInvariant();
        return Keys.Contains(lower) || KeyPrefixes.Any(prefix => lower.StartsWith(prefix, StringComparison.Ordinal))
            ? new PolicyCondition(known, ifExists, key, values)
            : throw new FormatException($"A condition on {key} is not offered.");
    }

    /// <param name="valueOf">A value of the request by its name; null when it has none.</param>
    public bool Holds(Func<string, string?> valueOf)
    {
        var actual = valueOf(Key);
        if (Operator == "Null")
        {
            return Values.Any(value => bool.TryParse(value, out var wantsNone) && wantsNone == (actual is null));
        }

        var isNegated = Operator.Contains("Not", StringComparison.Ordinal);
        return actual is null ? IfExists || isNegated
            : isNegated ? !Values.Any(value => Compare(actual, value))
            : Values.Any(value => Compare(actual, value));
    }

    private bool Compare(string actual, string expected) => Operator switch
    {
        "StringEquals" or "StringNotEquals" => actual == expected,
        "StringEqualsIgnoreCase" or "StringNotEqualsIgnoreCase" => actual.Equals(expected, StringComparison.OrdinalIgnoreCase),
        "StringLike" or "StringNotLike" => Wildcard.Matches(expected, actual),
        "Bool" => actual.Equals(expected, StringComparison.OrdinalIgnoreCase),
        "IpAddress" or "NotIpAddress" => IPAddress.TryParse(actual, out var address) && IsIn(address, expected),
        _ when Operator.StartsWith("Numeric", StringComparison.Ordinal) => Number(actual) is { } left && Number(expected) is { } right && Orders(left.CompareTo(right)),
        _ => Time(actual) is { } at && Time(expected) is { } then && Orders(at.CompareTo(then)),
    };

    private bool Orders(int order) =>
        Operator.EndsWith("LessThan", StringComparison.Ordinal) ? order < 0
        : Operator.EndsWith("LessThanEquals", StringComparison.Ordinal) ? order <= 0
        : Operator.EndsWith("GreaterThan", StringComparison.Ordinal) ? order > 0
        : Operator.EndsWith("GreaterThanEquals", StringComparison.Ordinal) ? order >= 0
        : order == 0;

    private static bool IsIn(IPAddress address, string network)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPNetwork.TryParse(network, out var range) ? range.Contains(plain)
            : IPAddress.TryParse(network, out var one) && one.Equals(plain);
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset? Time(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : null;
}

/// <summary>"*" stands for any characters, "?" for one.</summary>
internal static class Wildcard
{
    /// <remarks>Without recursion: a pattern of many stars costs at most the product of the two lengths.</remarks>
    public static bool Matches(string pattern, string text)
    {
        var (at, inPattern, star, mark) = (0, 0, -1, 0);
        while (at < text.Length)
        {
            if (inPattern < pattern.Length && pattern[inPattern] == '*')
            {
                (star, mark) = (inPattern++, at);
            }
            else if (inPattern < pattern.Length && (pattern[inPattern] == '?' || pattern[inPattern] == text[at]))
            {
                inPattern++;
                at++;
            }
            else if (star >= 0)
            {
                inPattern = star + 1;
                at = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(inPattern).TrimStart('*').IsEmpty;
    }
}
