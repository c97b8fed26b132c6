using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust.Grants;

/// <summary>Verbs, where they may be used, and until when.</summary>
public sealed record Grant
{
    private const Verbs AllVerbs = Verbs.Read | Verbs.List | Verbs.Write | Verbs.Remove | Verbs.Share | Verbs.Manage | Verbs.Admin;

    /// <summary>All that there is to do with an owner's buckets.</summary>
    public const Verbs OwnerVerbs = AllVerbs & ~Verbs.Admin;

    private Grant(string bucket, string prefix, Verbs verbs, long expiresUnixSeconds) =>
        (Bucket, Prefix, Verbs, ExpiresUnixSeconds) = (bucket, prefix, verbs, expiresUnixSeconds);

    /// <summary>Empty for every bucket, those too that are made later.</summary>
    public string Bucket { get; }

    /// <summary>Keys begin with it; empty for all.</summary>
    public string Prefix { get; }

    public Verbs Verbs { get; }

    /// <summary>The first second in which it is not in force any more; 0 for never.</summary>
    public long ExpiresUnixSeconds { get; }

    /// <param name="refusal">A sentence for the user.</param>
    public static bool TryCreate(
        string bucket, string prefix, Verbs verbs, long expiresUnixSeconds, [NotNullWhen(true)] out Grant? grant, [NotNullWhen(false)] out string? refusal)
    {
        refusal = bucket.Length > 0 && ObjectKey.BucketRefusal(bucket) is { } badBucket ? badBucket
            : prefix.Length > 0 && !ObjectKey.TryCreate(prefix, out _, out var badPrefix) ? badPrefix
            : verbs == Verbs.None || (verbs & ~AllVerbs) != 0 ? "A grant has one or more of the verbs that there are."
            : verbs.HasFlag(Verbs.Admin) && bucket.Length + prefix.Length > 0 ? "'admin' is of everything, not of a bucket or a prefix."
            : verbs.HasFlag(Verbs.Manage) && prefix.Length > 0 ? "'manage' is of whole buckets, not of a prefix."
            : expiresUnixSeconds < 0 ? "A grant does not end before 1970."
            : null;
        grant = refusal is null ? new Grant(bucket, prefix, verbs, expiresUnixSeconds) : null;
        return grant is not null;
    }

    public bool IsInForce(long nowUnixSeconds) => ExpiresUnixSeconds == 0 || nowUnixSeconds < ExpiresUnixSeconds;

    /// <summary>Whether it is about this bucket in any way.</summary>
    public bool IsAbout(string bucket) => Bucket.Length == 0 || Bucket == bucket;

    /// <summary>Whether it allows one verb there, its end left aside.</summary>
    /// <param name="verb">One of them.</param>
    /// <param name="bucket">Null for all of the owner's buckets.</param>
    /// <param name="key">
    /// Null for the whole bucket. With <see cref="Verbs.List"/> what the names asked for begin with: then it is enough that some of them are granted.
    /// </param>
    public bool Allows(Verbs verb, string? bucket, string? key) =>
        Verbs.HasFlag(verb)
        && (bucket is null ? Bucket.Length == 0 : IsAbout(bucket))
        && (verb == Verbs.List && bucket is not null
            ? Covers(key ?? "") || Prefix.StartsWith(key ?? "", StringComparison.Ordinal)
            : key is null ? Prefix.Length == 0 : Covers(key));

    private bool Covers(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);
}
