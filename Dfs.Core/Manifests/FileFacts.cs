using System.Collections.Immutable;
using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>What is known of a file beside its content; sealed with its manifest.</summary>
/// <param name="ModifiedUnixMs">Milliseconds since 1970, UTC.</param>
/// <param name="ETag">As its client will be shown it; at most 64 bytes, may be empty.</param>
public sealed record FileFacts(
    string ContentType,
    long ModifiedUnixMs,
    ByteString ETag,
    ImmutableSortedDictionary<string, string> Metadata,
    ImmutableSortedDictionary<string, string> Tags)
{
    /// <summary>7 KiB of text in all: more than S3 allows, and a root with 8 KiB of content still fits 16 KiB.</summary>
    public const int TextBytesMax = 7 * 1024;

    public const int ETagBytesMax = 64;

    /// <summary>128 in each table.</summary>
    public const int PairsMax = 128;

    /// <summary>Keys are ordered by their UTF-16 units, so that equal facts have equal bytes.</summary>
    public static readonly ImmutableSortedDictionary<string, string> NoPairs =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static readonly FileFacts None = new("", 0, ByteString.Empty, NoPairs, NoPairs);

    /// <summary>The ETag as text: it is made of letters, digits and '-'.</summary>
    public string ETagText => Encoding.ASCII.GetString(ETag.Span);

    public static ByteString ETagOf(string text) => new(Encoding.ASCII.GetBytes(text));

    /// <summary>Null when it can be stored; else a sentence for the user.</summary>
    public string? Refusal()
    {
        var textBytes = TextBytes();
        return textBytes > TextBytesMax
                ? $"Content type, metadata and tags have at most {TextBytesMax} bytes; these have {textBytes}."
            : ETag.Length > ETagBytesMax ? $"An ETag has at most {ETagBytesMax} bytes; this one has {ETag.Length}."
            : Math.Max(Metadata.Count, Tags.Count) > PairsMax ? $"At most {PairsMax} metadata entries, and as many tags."
            : null;
    }

    public bool Equals(FileFacts? other) =>
        other is not null && ContentType == other.ContentType && ModifiedUnixMs == other.ModifiedUnixMs
        && ETag.Equals(other.ETag) && Metadata.SequenceEqual(other.Metadata) && Tags.SequenceEqual(other.Tags);

    public override int GetHashCode() => HashCode.Combine(ContentType, ModifiedUnixMs, ETag, Metadata.Count, Tags.Count);

    /// <summary>Nothing of them: they are sealed everywhere else.</summary>
    public override string ToString() => "FileFacts (private)";

    internal void WriteTo(ByteWriter writer)
    {
        var refusal = Refusal();
        Invariant.Holds(refusal is null, $"facts are checked before they are sealed: {refusal}");
        writer.I64(ModifiedUnixMs);
        writer.Text(ContentType);
        writer.Block16(ETag.Span);
        WritePairs(writer, Metadata);
        WritePairs(writer, Tags);
    }

    internal static FileFacts ReadFrom(ref ByteReader reader)
    {
        var modified = reader.I64();
        var contentType = reader.Text(TextBytesMax);
        var etag = new ByteString(reader.Block16(ETagBytesMax));
        var facts = new FileFacts(contentType, modified, etag, ReadPairs(ref reader), ReadPairs(ref reader));
        reader.Require(reader.HasFailed || facts.Refusal() is null);
        return facts;
    }

    // Four bytes of every pair are its two lengths, counted too: the limit is on what is stored.
    private int TextBytes() =>
        Encoding.UTF8.GetByteCount(ContentType)
        + Metadata.Concat(Tags).Sum(pair => 4 + Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value));

    private static void WritePairs(ByteWriter writer, ImmutableSortedDictionary<string, string> pairs)
    {
        writer.U16((ushort)pairs.Count);
        foreach (var (key, value) in pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.Text(key);
            writer.Text(value);
        }
    }

    private static ImmutableSortedDictionary<string, string> ReadPairs(ref ByteReader reader)
    {
        var count = reader.Count16(4, PairsMax);
        var pairs = NoPairs.ToBuilder();
        string? previous = null;
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var key = reader.Text(TextBytesMax);
            // Rising order: no key twice, and one encoding only.
            reader.Require(previous is null || string.CompareOrdinal(previous, key) < 0);
            pairs[key] = reader.Text(TextBytesMax);
            previous = key;
        }

        return pairs.ToImmutable();
    }
}
