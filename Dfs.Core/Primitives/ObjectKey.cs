using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Dfs.Core.Primitives;

/// <summary>Bucket and name of a file, checked: what an owner calls it.</summary>
/// <remarks>Never leaves a node with the owner's keys; peers see a <see cref="RegisterId"/>.</remarks>
public sealed record ObjectKey
{
    /// <summary>Where the console's plain keys live.</summary>
    public const string DefaultBucket = "files";

    /// <summary>Where settings of buckets are kept. No user's bucket is called so: it has a character that their names have not.</summary>
    public const string SettingsBucket = "dfs:buckets";

    /// <summary>Where the access keys of the S3 endpoint are kept, each under its public part.</summary>
    public const string AccessKeysBucket = "dfs:access-keys";

    /// <summary>Where tokens are kept, each under its id.</summary>
    public const string TokensBucket = "dfs:access-tokens";

    /// <summary>Where it is kept how far subscribers have come, each under a hash of what it is.</summary>
    public const string SubscribersBucket = "dfs:subscribers";

    private const string UploadsPrefix = "dfs:uploads:";

    /// <summary>1,024 bytes of UTF-8, as S3 has it.</summary>
    public const int NameBytesMax = 1024;

    /// <summary>63 characters, as S3 has it.</summary>
    public const int BucketCharsMax = 63;

    private ObjectKey(string bucket, string name) => (Bucket, Name) = (bucket, name);

    public string Bucket { get; }

    public string Name { get; }

    /// <summary>A key in <see cref="DefaultBucket"/>, or why it cannot be one.</summary>
    public static bool TryCreate(
        string name, [NotNullWhen(true)] out ObjectKey? key, [NotNullWhen(false)] out string? refusal) =>
        TryCreate(DefaultBucket, name, out key, out refusal);

    /// <param name="refusal">A sentence for the user: which limit, and by how much.</param>
    public static bool TryCreate(
        string bucket, string name, [NotNullWhen(true)] out ObjectKey? key, [NotNullWhen(false)] out string? refusal)
    {
        refusal = BucketRefusal(bucket) ?? NameRefusal(name);
        key = refusal is null ? new ObjectKey(bucket, name) : null;
        return refusal is null;
    }

    /// <summary>Null when a bucket can be called so; else a sentence for the user.</summary>
    public static string? BucketRefusal(string bucket) =>
        bucket.Length is < 3 or > BucketCharsMax
            ? $"A bucket's name has 3 to {BucketCharsMax} characters; this one has {bucket.Length}."
            : bucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
                ? null
                : "A bucket's name has lower-case letters, digits, '-' and '.' only.";

    /// <summary>The file that holds a bucket's settings.</summary>
    public static ObjectKey OfSettings(string bucket)
    {
        var refusal = BucketRefusal(bucket);
        Invariant.Holds(refusal is null, $"a bucket's name is checked before it is used: {refusal}");
        return new ObjectKey(SettingsBucket, bucket);
    }

    /// <summary>The file that holds the secret part of an access key.</summary>
    public static ObjectKey OfAccessKey(string accessKey)
    {
        Invariant.Holds(NameRefusal(accessKey) is null, "an access key is checked before it is used");
        return new ObjectKey(AccessKeysBucket, accessKey);
    }

    /// <summary>The file that says how a token is recognised, and what it opens.</summary>
    public static ObjectKey OfToken(string id)
    {
        Invariant.Holds(NameRefusal(id) is null, "a token's id is checked before it is used");
        return new ObjectKey(TokensBucket, id);
    }

    /// <summary>The file that says how far a subscriber has come.</summary>
    public static ObjectKey OfSubscriber(string id)
    {
        Invariant.Holds(NameRefusal(id) is null, "a subscriber's id is a hash");
        return new ObjectKey(SubscribersBucket, id);
    }

    /// <summary>Where the multipart uploads to a bucket are kept until they are completed.</summary>
    public static string UploadsOf(string bucket)
    {
        var refusal = BucketRefusal(bucket);
        Invariant.Holds(refusal is null, $"a bucket's name is checked before it is used: {refusal}");
        return UploadsPrefix + bucket;
    }

    /// <summary>A file of a multipart upload to a bucket: the upload itself, or a part of it.</summary>
    public static ObjectKey OfUpload(string bucket, string name)
    {
        Invariant.Holds(NameRefusal(name) is null, "an upload's name is made here");
        return new ObjectKey(UploadsOf(bucket), name);
    }

    /// <summary>The bucket whose content this is: a part is cut and sealed as the file will be that it becomes a part of.</summary>
    public string ContentBucket =>
        Bucket.StartsWith(UploadsPrefix, StringComparison.Ordinal) ? Bucket[UploadsPrefix.Length..] : Bucket;

    /// <summary>Kept for the program itself, in a bucket that no user can name.</summary>
    public bool IsInternal => Bucket.Contains(':', StringComparison.Ordinal);

    public override string ToString() => $"{Bucket}/{Name}";

    private static string? NameRefusal(string name)
    {
        if (name.Length == 0)
        {
            return "A key has at least one character.";
        }

        if (name.Contains('\0', StringComparison.Ordinal) || !IsWellFormed(name))
        {
            return "A key is well-formed Unicode without NUL.";
        }

        var sizeBytes = Encoding.UTF8.GetByteCount(name);
        return sizeBytes > NameBytesMax
            ? $"A key has at most {NameBytesMax} bytes of UTF-8; this one has {sizeBytes}."
            : null;
    }

    private static bool IsWellFormed(string name)
    {
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar && !name.Contains('\uFFFD', StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
