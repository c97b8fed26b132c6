using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Signing;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>ListObjects, versions 1 and 2.</summary>
internal static class ListOperations
{
    public static async Task ListAsync(S3Call call)
    {
        var target = call.Target;
        var isSecond = target.Get("list-type") == "2";
        var token = isSecond ? target.Get("continuation-token") : null;
        var after = isSecond ? (token is null ? target.Get("start-after") : OfToken(token)) : target.Get("marker");
        var maxKeys = CountOf(target.Get("max-keys"), "max-keys");
        var encode = EncoderOf(target);
        var (prefix, delimiter) = (target.Get("prefix") ?? "", target.Get("delimiter") ?? "");
        var page = await PageAsync(call, new ListOptions { Prefix = prefix, Delimiter = delimiter, After = after is "" ? null : after, CountMax = maxKeys, Within = call.GrantedNames });
        var withOwner = !isSecond || target.Get("fetch-owner") == "true";
        await call.AnswerAsync(Element("ListBucketResult",
            Element("Name", target.Bucket), Element("Prefix", encode(prefix)), Element("MaxKeys", maxKeys),
            delimiter.Length > 0 ? Element("Delimiter", encode(delimiter)) : null,
            target.Has("encoding-type") ? Element("EncodingType", "url") : null,
            Element("IsTruncated", page.IsTruncated),
            isSecond ? Second(target, page, token, encode) : First(target, page, delimiter, encode),
            page.Entries.Select(entry => Element("Contents",
                Element("Key", encode(entry.Name)), Element("LastModified", Time(entry.ModifiedAt)),
                Element("ETag", $"\"{ObjectFacts.ETagOf(entry.ETag, entry.Version)}\""), Element("Size", entry.SizeBytes),
                withOwner ? call.OwnerElement() : null, Element("StorageClass", "STANDARD"))),
            page.CommonPrefixes.Select(common => Element("CommonPrefixes", Element("Prefix", encode(common))))));
    }

    /// <summary>A count of a page: at most 1,000, and so many when there is none.</summary>
    /// <exception cref="S3Exception">It is not a number.</exception>
    public static int CountOf(string? text, string name) => text is null or "" ? ListOptions.CountLimit
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? Math.Min(count, ListOptions.CountLimit)
        : throw new S3Exception(S3Error.InvalidArgument.Saying($"{name} is a number from 0."));

    /// <summary>How names are written in the answer.</summary>
    public static Func<string, string> EncoderOf(S3Target target) => target.Get("encoding-type") switch
    {
        null or "" => static text => text,
        "url" => static text => UriCode.Encode(text, keepsSlash: true),
        _ => throw new S3Exception(S3Error.InvalidArgument.Saying("encoding-type is 'url'.")),
    };

    private static async Task<ListPage> PageAsync(S3Call call, ListOptions options)
    {
        var page = await call.Client.ListAsync(call.Target.Bucket, options, call.Aborted);
        S3Outcomes.Require(page.Outcome, page.Detail, S3Error.NoSuchBucket);
        return page;
    }

    private static IEnumerable<XElement?> First(S3Target target, ListPage page, string delimiter, Func<string, string> encode) =>
    [
        Element("Marker", encode(target.Get("marker") ?? "")),
        page.IsTruncated && delimiter.Length > 0 ? Element("NextMarker", encode(page.Next!)) : null,
    ];

    private static IEnumerable<XElement?> Second(S3Target target, ListPage page, string? token, Func<string, string> encode) =>
    [
        Element("KeyCount", page.Entries.Count + page.CommonPrefixes.Count),
        token is null ? null : Element("ContinuationToken", token),
        page.IsTruncated ? Element("NextContinuationToken", ToToken(page.Next!)) : null,
        target.Get("start-after") is { } start ? Element("StartAfter", encode(start)) : null,
    ];

    private static string ToToken(string name) => Convert.ToBase64String(Encoding.UTF8.GetBytes(name));

    private static string OfToken(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(token));
        }
        catch (FormatException)
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("The continuation token provided is incorrect"));
        }
    }
}
