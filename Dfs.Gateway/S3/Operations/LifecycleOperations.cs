using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3.Operations;

/// <summary>Get/PutBucketLifecycleConfiguration, and what objects say of their end.</summary>
internal static class LifecycleOperations
{
    private const string Root = "LifecycleConfiguration";

    public static async Task GetAsync(S3Call call)
    {
        var xml = BucketDocumentOperations.Require(call, LifecycleRules.DocumentName, "NoSuchLifecycleConfiguration");
        await call.AnswerAsync(XElement.Parse(xml));
    }

    public static async Task PutAsync(S3Call call)
    {
        var wish = await call.XmlAsync(Root);
        foreach (var rule in wish.Elements().Where(child => child.Name.LocalName == "Rule" && child.Text("ID") is null or ""))
        {
            rule.Elements().Where(child => child.Name.LocalName == "ID").Remove();
            rule.AddFirst(new XElement(rule.Name.Namespace + "ID", RandomNumberGenerator.GetHexString(16, lowercase: true)));
        }

        if (!LifecycleRules.TryParse(wish, out _, out var refusal))
        {
            throw new S3Exception(refusal switch
            {
                LifecycleRefusal.BadArgument => S3Error.InvalidArgument.Saying("An ID is given twice or is too long, a number is not positive, or a date is not a midnight in UTC."),
                LifecycleRefusal.NoSuchStorageClass => S3Error.InvalidStorageClass,
                _ => S3Error.MalformedXml,
            });
        }

        // As it is answered: in the namespace of S3, whatever it came in.
        var text = S3Xml.Element(Root, wish.Elements().Select(Copied)).ToString(SaveOptions.DisableFormatting);
        await call.ChangeBucketAsync(settings => settings.WithDocument(LifecycleRules.DocumentName, text));
        await call.AnswerAsync();
    }

    /// <summary>Says when the object goes, where a rule says so.</summary>
    public static void WriteExpiry(S3Call call, BucketSettings settings, string name, long sizeBytes, ImmutableSortedDictionary<string, string> tags, DateTimeOffset storedAt)
    {
        var version = new LifecycleVersion(default, IsMarker: false, sizeBytes, storedAt.ToUnixTimeMilliseconds(), tags);
        if (LifecycleRules.Of(settings) is { } rules && ExpiryOf(rules, name, version) is { } expiry)
        {
            call.Response.Headers["x-amz-expiration"] = expiry;
        }
    }

    /// <returns>Null when it stays.</returns>
    internal static string? ExpiryOf(LifecycleRules rules, string name, LifecycleVersion version) => rules.ExpiryOf(name, version) is { } expiry
        ? $"expiry-date=\"{DateTimeOffset.FromUnixTimeMilliseconds(expiry.AtUnixMs).ToString("R", CultureInfo.InvariantCulture)}\", rule-id=\"{Uri.EscapeDataString(expiry.RuleId)}\""
        : null;

    private static XElement Copied(XElement element) => element.HasElements
        ? S3Xml.Element(element.Name.LocalName, element.Elements().Select(Copied))
        : S3Xml.Element(element.Name.LocalName, element.Value);
}
