using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust.Grants;

/// <summary>All that somebody may do; what no grant allows is denied. docs/formats/grants.md.</summary>
/// <remarks>In one order and without repetitions, so that there is one encoding of a set.</remarks>
public sealed class GrantSet
{
    /// <summary>32: a person who reads the list still sees what it means.</summary>
    public const int GrantsMax = 32;

    /// <summary>4 KiB, so that a record with it stands in its head and is read without a chunk.</summary>
    public const int SizeBytesMax = 4096;

    /// <summary>Nothing.</summary>
    public static readonly GrantSet None = new([]);

    /// <summary>All that there is to do with an owner's buckets, for ever: what an access key is without grants.</summary>
    public static readonly GrantSet AllOfOwner = new([All(Grant.OwnerVerbs)]);

    /// <summary>Nothing is denied: the node's own token.</summary>
    public static readonly GrantSet Everything = new([All(Grant.OwnerVerbs | Verbs.Admin)]);

    private const int GrantBytesMin = 2 + 2 + 2 + 8;

    private GrantSet(ImmutableArray<Grant> grants) => Grants = grants;

    public ImmutableArray<Grant> Grants { get; }

    /// <param name="refusal">A sentence for the user.</param>
    public static bool TryCreate(IEnumerable<Grant> grants, [NotNullWhen(true)] out GrantSet? set, [NotNullWhen(false)] out string? refusal)
    {
        var created = new GrantSet([.. grants.Distinct().Order(Comparer<Grant>.Create(Compare))]);
        var count = created.Grants.Length;
        refusal = count is 0 or > GrantsMax ? $"There are 1 to {GrantsMax} grants; these are {count}."
            : created.Encode().Length is var sizeBytes && sizeBytes > SizeBytesMax ? $"The grants have at most {SizeBytesMax} bytes together; these have {sizeBytes}."
            : null;
        set = refusal is null ? created : null;
        return set is not null;
    }

    /// <summary>The beginnings of the names that may be listed in a bucket, none of which begins another; null for all, empty for none.</summary>
    public IReadOnlyList<string>? NamesIn(string bucket, long nowUnixSeconds)
    {
        var prefixes = Grants.Where(grant => grant.IsInForce(nowUnixSeconds) && grant.IsAbout(bucket) && grant.Verbs.HasFlag(Verbs.List))
            .Select(grant => grant.Prefix).Distinct().ToList();
        return prefixes.Contains("")
            ? null
            : [.. prefixes.Where(prefix => !prefixes.Exists(other => other != prefix && prefix.StartsWith(other, StringComparison.Ordinal)))];
    }

    public byte[] Encode()
    {
        var writer = new ByteWriter();
        WriteTo(writer);
        return writer.ToArray();
    }

    public void WriteTo(ByteWriter writer)
    {
        writer.U16((ushort)Grants.Length);
        foreach (var grant in Grants)
        {
            writer.Text(grant.Bucket);
            writer.Text(grant.Prefix);
            writer.U16((ushort)grant.Verbs);
            writer.U64((ulong)grant.ExpiresUnixSeconds);
        }
    }

    /// <returns>Null, and the reader has failed, when it is not a set that could have been written.</returns>
    public static GrantSet? ReadFrom(ref ByteReader reader)
    {
        var startBytes = reader.RemainingBytes;
        var count = reader.Count16(GrantBytesMin, GrantsMax);
        reader.Require(count > 0);
        var grants = ImmutableArray.CreateBuilder<Grant>(count);
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var (bucket, prefix) = (reader.Text(ObjectKey.BucketCharsMax), reader.Text(ObjectKey.NameBytesMax));
            var (verbs, expires) = ((Verbs)reader.U16(), reader.I64());
            if (!reader.HasFailed && reader.Require(Grant.TryCreate(bucket, prefix, verbs, expires, out var grant, out _))
                && reader.Require(grants.Count == 0 || Compare(grants[^1], grant!) < 0))
            {
                grants.Add(grant!);
            }
        }

        return reader.Require(startBytes - reader.RemainingBytes <= SizeBytesMax) ? new GrantSet(grants.ToImmutable()) : null;
    }

    private static Grant All(Verbs verbs)
    {
        var isOne = Grant.TryCreate("", "", verbs, 0, out var grant, out var refusal);
        Invariant.Holds(isOne, $"a grant of everything is one: {refusal}");
        return grant!;
    }

    private static int Compare(Grant a, Grant b) =>
        string.CompareOrdinal(a.Bucket, b.Bucket) is not 0 and var byBucket ? byBucket
        : string.CompareOrdinal(a.Prefix, b.Prefix) is not 0 and var byPrefix ? byPrefix
        : a.Verbs != b.Verbs ? a.Verbs.CompareTo(b.Verbs)
        : a.ExpiresUnixSeconds.CompareTo(b.ExpiresUnixSeconds);
}
