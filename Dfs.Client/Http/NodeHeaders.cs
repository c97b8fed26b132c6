namespace Dfs.Client.Http;

/// <summary>Headers of the admin interface that are no standard's.</summary>
public static class NodeHeaders
{
    /// <summary>Which owner is meant: a name, or the beginning of an id; without it the node's first.</summary>
    public const string Owner = "Dfs-Owner";

    /// <summary>"1" with a put: some of its content may be stored by an attempt that broke off.</summary>
    public const string Resume = "Dfs-Resume";

    /// <summary>With a put: when the content was last changed where it comes from, in seconds since 1970 with up to nine decimals.</summary>
    public const string SourceTime = "Dfs-Source-Time";

    /// <summary>"md5" with a put: the content's MD5 is kept as its ETag, and listed.</summary>
    public const string Digest = "Dfs-Digest";
}
