using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;

namespace Dfs.Gateway.S3.Requests;

/// <summary>Between headers of requests and answers, and what is kept beside a file.</summary>
/// <remarks>
/// Metadata is kept under the names of the headers that carry it: "x-amz-meta-…" for the client's own, "cache-control" and so on.
/// </remarks>
internal static class ObjectFacts
{
    public const string MetaPrefix = "x-amz-meta-";

    /// <summary>Metadata under this name is the object's access control list; without it, it is its bucket's owner's alone.</summary>
    public const string AclName = "acl";

    /// <summary>2 KiB of names and values of the client's own metadata, as S3 has it.</summary>
    private const int MetaBytesMax = 2048;

    private const string DefaultContentType = "binary/octet-stream";

    private const int TagsMax = 10, TagNameMax = 128, TagValueMax = 256;

    private static readonly string[] KeptHeaders =
        ["cache-control", "content-disposition", "content-encoding", "content-language", "expires", "x-amz-website-redirect-location"];

    /// <summary>What the request's headers say, without ETag.</summary>
    /// <exception cref="S3Exception">It is more than can be kept, or tags are not right.</exception>
    public static FileFacts OfRequest(S3Call call)
    {
        var metadata = FileFacts.NoPairs.ToBuilder();
        foreach (var name in call.HeaderNames)
        {
            if (IsHeader(name))
            {
                var value = call.Header(name)!;
                metadata[name] = name == "content-encoding" ? WithoutAwsChunked(value) : value;
            }
        }

        if (RequestedAcl.Of(call) is { } list)
        {
            metadata[AclName] = list.ToText();
        }

        metadata.RemoveRange(metadata.Where(pair => pair.Key == "content-encoding" && pair.Value.Length == 0).Select(pair => pair.Key).ToList());
        var metaBytes = metadata.Where(pair => pair.Key.StartsWith(MetaPrefix, StringComparison.Ordinal))
            .Sum(pair => pair.Key.Length - MetaPrefix.Length + Encoding.UTF8.GetByteCount(pair.Value));
        var facts = FileFacts.None with
        {
            ContentType = call.Header("content-type") is { Length: > 0 } type ? type : DefaultContentType,
            Metadata = metadata.ToImmutable(),
            Tags = call.Header("x-amz-tagging") is { } tags ? ParseTags(tags) : FileFacts.NoPairs,
        };
        return metaBytes > MetaBytesMax || facts.Refusal() is not null ? throw new S3Exception(S3Error.MetadataTooLarge) : facts;
    }

    /// <summary>Whether metadata under that name was given by the client, and is given back.</summary>
    public static bool IsHeader(string name) => name.StartsWith(MetaPrefix, StringComparison.Ordinal) || KeptHeaders.Contains(name);

    /// <summary>With what is known of the content once it was read.</summary>
    public static FileFacts With(this FileFacts facts, UploadBody body) => facts with
    {
        ETag = FileFacts.ETagOf(body.ETag),
        Metadata = body.Check is { } check
            ? facts.Metadata.SetItem(Checksum.HeaderPrefix + body.Spec.Algorithm, Convert.ToBase64String(check))
            : facts.Metadata,
    };

    /// <summary>As clients are shown it, without quotes; the "-0" says that it is no MD5.</summary>
    public static string ETagOf(string kept, VersionId version) => kept.Length > 0 ? kept : $"{version}-0";

    public static string ETagOf(IOpenFile file) => ETagOf(file.Facts.ETagText, file.Version);

    /// <summary>Reads a document of tags.</summary>
    /// <exception cref="S3Exception">It is not one, or they are not right.</exception>
    public static ImmutableSortedDictionary<string, string> TagsOf(XElement document, int countMax = TagsMax)
    {
        var set = document.Children("TagSet").FirstOrDefault() ?? throw new S3Exception(S3Error.MalformedXml);
        return TagsOf(
            set.Children("Tag").Select(tag => new KeyValuePair<string, string>(
                tag.Text("Key") ?? throw new S3Exception(S3Error.MalformedXml), tag.Text("Value") ?? throw new S3Exception(S3Error.MalformedXml))),
            countMax);
    }

    /// <summary>Null when the pairs can be tags.</summary>
    public static ImmutableSortedDictionary<string, string> TagsOf(
        IEnumerable<KeyValuePair<string, string>> pairs, int countMax = TagsMax)
    {
        var tags = FileFacts.NoPairs.ToBuilder();
        foreach (var (name, value) in pairs)
        {
            if (name.Length is 0 or > TagNameMax || value.Length > TagValueMax || !tags.TryAdd(name, value) || tags.Count > countMax)
            {
                throw new S3Exception(S3Error.InvalidTag);
            }
        }

        return tags.ToImmutable();
    }

    /// <summary>Reads tags in the encoding of a query.</summary>
    public static ImmutableSortedDictionary<string, string> ParseTags(string text, int countMax = TagsMax)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Replace('+', ' ').Split('=', 2);
            if (!S3Target.TryDecode(parts[0], out var name) || !S3Target.TryDecode(parts.Length > 1 ? parts[1] : "", out var value))
            {
                throw new S3Exception(S3Error.InvalidArgument.Saying("The header x-amz-tagging is not in the encoding of a query."));
            }

            pairs.Add(new KeyValuePair<string, string>(name, value));
        }

        return TagsOf(pairs, countMax);
    }

    /// <summary>Tags in the encoding of a query.</summary>
    public static string ToQuery(IReadOnlyDictionary<string, string> tags) => string.Join('&', tags.Select(tag =>
        $"{Signing.UriCode.Encode(tag.Key, keepsSlash: false)}={Signing.UriCode.Encode(tag.Value, keepsSlash: false)}"));

    private static string WithoutAwsChunked(string encodings) => string.Join(", ", encodings.Split(',', StringSplitOptions.TrimEntries)
        .Where(encoding => !encoding.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase)));
}
