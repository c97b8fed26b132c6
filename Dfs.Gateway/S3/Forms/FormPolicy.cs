using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Dfs.Gateway.S3.Forms;

/// <summary>What whoever signed a form lets others upload with it.</summary>
/// <remarks>Pure; "Creating a POST policy" in the Amazon S3 API Reference. Every field of the form must be named by a condition.</remarks>
/// <param name="SizeBytesMin">Of the content.</param>
internal sealed record FormPolicy(DateTimeOffset ExpiresAt, ImmutableArray<FormCondition> Conditions, long SizeBytesMin, long SizeBytesMax)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.FFF'Z'";

    /// <summary>Fields that are about the form itself, or that only make sure of the content.</summary>
    private static readonly string[] Free = ["policy", "signature", "awsaccesskeyid", "x-amz-signature", "file"];

    /// <exception cref="S3Exception">It is not one.</exception>
    public static FormPolicy Parse(string base64)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(base64), new JsonDocumentOptions { MaxDepth = 8, AllowTrailingCommas = true });
            var root = document.RootElement;
            if (!root.TryGetProperty("expiration", out var expiration) || !root.TryGetProperty("conditions", out var list)
                || !DateTimeOffset.TryParseExact(TextOf(expiration), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expiresAt))
            {
                throw Malformed();
            }

            var (conditions, min, max) = (ImmutableArray.CreateBuilder<FormCondition>(), 0L, long.MaxValue);
            foreach (var item in list.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Object)
                {
                    var members = item.EnumerateObject().Select(member => new FormCondition(member.Name.ToLowerInvariant(), TextOf(member.Value), IsPrefix: false)).ToList();
                    conditions.AddRange(members.Count > 0 ? members : throw Malformed());
                }
                else if (item.GetArrayLength() != 3)
                {
                    throw Malformed();
                }
                else if (TextOf(item[0]).Equals("content-length-range", StringComparison.OrdinalIgnoreCase))
                {
                    (min, max) = (Math.Max(min, SizeOf(item[1])), Math.Min(max, SizeOf(item[2])));
                }
                else
                {
                    conditions.Add(ConditionOf(item));
                }
            }

            return new FormPolicy(expiresAt, conditions.ToImmutable(), min, max);
        }
        catch (Exception broken) when (broken is JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed();
        }
    }

    /// <param name="fields">Of the form, names in lower case; the bucket among them.</param>
    /// <exception cref="S3Exception">It has expired, or lets nobody upload that.</exception>
    public void Require(IReadOnlyDictionary<string, string> fields, DateTimeOffset now)
    {
        if (now > ExpiresAt)
        {
            throw Denied("Policy expired.");
        }

        if (Conditions.FirstOrDefault(condition => !condition.Holds(fields)) is { } failed)
        {
            throw Denied($"Policy condition failed: {failed.Field}.");
        }

        if (fields.Keys.FirstOrDefault(name => !IsFree(name) && Conditions.All(condition => condition.Field != name)) is { } extra)
        {
            throw Denied($"Extra input fields: {extra}.");
        }
    }

    private static bool IsFree(string name) =>
        Free.Contains(name) || name.StartsWith("x-ignore-", StringComparison.Ordinal) || name.StartsWith("x-amz-checksum-", StringComparison.Ordinal);

    private static FormCondition ConditionOf(JsonElement item)
    {
        var (kind, field) = (TextOf(item[0]).ToLowerInvariant(), TextOf(item[1]));
        return kind is "eq" or "starts-with" && field.StartsWith('$')
            ? new FormCondition(field[1..].ToLowerInvariant(), TextOf(item[2]), kind == "starts-with")
            : throw Malformed();
    }

    private static long SizeOf(JsonElement item)
    {
        var isNumber = item.ValueKind == JsonValueKind.String
            ? long.TryParse(TextOf(item), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            : item.TryGetInt64(out size);
        return isNumber && size >= 0 ? size : throw Malformed();
    }

    private static string TextOf(JsonElement item) => item.GetString() ?? throw Malformed();

    private static S3Exception Denied(string why) => new(S3Error.AccessDenied.Saying("Invalid according to Policy: " + why));

    private static S3Exception Malformed() =>
        new(new S3Error("InvalidPolicyDocument", System.Net.HttpStatusCode.BadRequest, "The content of the form does not meet the conditions of a policy document."));
}

/// <summary>What one field must be, or begin with.</summary>
/// <param name="Field">In lower case.</param>
internal sealed record FormCondition(string Field, string Value, bool IsPrefix)
{
    public bool Holds(IReadOnlyDictionary<string, string> fields)
    {
        var actual = fields.GetValueOrDefault(Field);
        return IsPrefix ? (actual ?? (Value.Length == 0 ? "" : null))?.StartsWith(Value, StringComparison.Ordinal) is true : actual == Value;
    }
}
