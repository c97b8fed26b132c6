using System.Xml.Linq;
using Dfs.Core.Manifests;

namespace Dfs.Gateway.S3.Access;

/// <summary>The documents that the S3 endpoint keeps in a bucket's settings, by their names; docs/formats/s3.md.</summary>
internal static class BucketDocuments
{
    public const string Acl = "acl", Policy = "policy", PublicAccess = "public-access", Ownership = "ownership", Tags = "tags",
        Encryption = "encryption", Cors = "cors";

    public static AccessList AclOf(BucketSettings settings, string ownerId) =>
        settings.Document(Acl) is { } text ? AccessList.Parse(text) : AccessList.Private(ownerId);

    /// <returns>Null when there is none.</returns>
    public static BucketPolicy? PolicyOf(BucketSettings settings, string bucket) =>
        settings.Document(Policy) is { } json ? BucketPolicy.Parse(json, bucket) : null;
}

/// <summary>What of public access a bucket's owner rules out, whatever lists and policies say ("Blocking public access").</summary>
/// <param name="BlockAcls">Lists that would make something public cannot be set.</param>
/// <param name="IgnoreAcls">Grants to groups do not count.</param>
/// <param name="BlockPolicy">A policy that would make something public cannot be set.</param>
/// <param name="RestrictBuckets">A policy that makes something public opens it to the owner only.</param>
internal sealed record PublicAccessBlock(bool BlockAcls, bool IgnoreAcls, bool BlockPolicy, bool RestrictBuckets)
{
    public static readonly PublicAccessBlock None = new(false, false, false, false);

    private static readonly string[] Elements = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

    private bool[] Flags => [BlockAcls, IgnoreAcls, BlockPolicy, RestrictBuckets];

    public static PublicAccessBlock Of(BucketSettings settings) => settings.Document(BucketDocuments.PublicAccess) is { } text ? Parse(text) : None;

    public static PublicAccessBlock OfDocument(XElement document)
    {
        var flags = Elements.Select(name => document.Text(name) is "true" or "TRUE" or "True").ToArray();
        return new PublicAccessBlock(flags[0], flags[1], flags[2], flags[3]);
    }

    /// <summary>Four digits, 1 for yes, in the order of the parameters.</summary>
    public string ToText() => string.Concat(Flags.Select(flag => flag ? '1' : '0'));

    public XElement ToElement() => S3Xml.Element(
        "PublicAccessBlockConfiguration", Elements.Zip(Flags, (name, flag) => S3Xml.Element(name, flag ? "true" : "false")));

    private static PublicAccessBlock Parse(string text) => new(text[0] == '1', text[1] == '1', text[2] == '1', text[3] == '1');
}

/// <summary>Whose the objects of a bucket are that others put there ("Controlling ownership of objects").</summary>
internal static class ObjectOwnership
{
    public const string Writer = "ObjectWriter", Preferred = "BucketOwnerPreferred", Enforced = "BucketOwnerEnforced";

    public static bool IsOne(string text) => text is Writer or Preferred or Enforced;

    /// <summary>Access control lists have no say.</summary>
    public static bool IsEnforced(BucketSettings settings) => settings.Document(BucketDocuments.Ownership) == Enforced;

    /// <param name="canned">The list with a name that the request asks for; null for none.</param>
    public static string OwnerOf(BucketSettings settings, string bucketOwnerId, string? asker, string? canned) => settings.Document(BucketDocuments.Ownership) switch
    {
        Enforced => bucketOwnerId,
        Preferred when canned == "bucket-owner-full-control" => bucketOwnerId,
        _ => asker ?? bucketOwnerId,
    };
}
