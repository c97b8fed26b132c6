using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Dfs.Core.Chunking;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>How the files of a bucket are kept; a change counts from the next put on. docs/formats/bucket.md.</summary>
public sealed record BucketSettings
{
    /// <summary>Of the bucket <see cref="ObjectKey.DefaultBucket"/> before anybody changes them, and of a new one.</summary>
    public static readonly BucketSettings Default = new();

    private const byte VersionedFlag = 1, NoDedupFlag = 2, CompressedFlag = 4, SuspendedFlag = 8;
    private const byte DefaultProfile = 0, SmallProfile = 1;

    private static ReadOnlySpan<byte> Magic => "DFSB\x01"u8;

    private static ReadOnlySpan<byte> LaterMagic => "DFSB\x02"u8;

    private static ReadOnlySpan<byte> DocumentsMagic => "DFSB\x03"u8;

    /// <summary>16 documents, each with a name of at most 63 bytes; all settings together fit a file that stands in its head.</summary>
    public const int DocumentsMax = 16;

    private const int DocumentNameBytesMax = 63;

    /// <summary>A put keeps the versions before it, and a removal leaves a mark; else both destroy what was there.</summary>
    public bool IsVersioned { get; init; }

    /// <summary>Of a versioned bucket: versions that are there stay, and what is stored or removed from now on is one null version.</summary>
    public bool IsSuspended { get; init; }

    public CutProfile Profile { get; init; } = CutProfile.Default;

    /// <summary>Equal content within the bucket is stored once; else every chunk of every put has a key of its own.</summary>
    public bool IsDeduplicated { get; init; } = true;

    /// <summary>Chunks that become shorter by it are compressed before they are sealed.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Which older versions are kept.</summary>
    public KeepRule Keep { get; init; } = KeepRule.None;

    public BucketSnapshots Snapshots { get; init; } = BucketSnapshots.None;

    /// <summary>What the S3 endpoint keeps of the bucket: who may do what, and the like, each under a name; docs/formats/s3.md.</summary>
    public ImmutableSortedDictionary<string, string> Documents { get; init; } = FileFacts.NoPairs;

    /// <summary>False when the settings are more than is kept: 8 KiB.</summary>
    public bool Fits => Documents.Count <= DocumentsMax && Documents.All(IsDocument) && Encode().Length <= Manifest.InlineBytesMax;

    /// <summary>What is stored takes the place of the null version, if there is one.</summary>
    public bool StoresNull => !IsVersioned || IsSuspended;

    public Retention Retention => new(Keep, Snapshots);

    // As version 1 while that says it all, so that a program from before reads it.
    private bool IsPlain => Keep.IsNone && Snapshots == BucketSnapshots.None;

    /// <returns>Null when there is no such document.</returns>
    public string? Document(string name) => Documents.GetValueOrDefault(name);

    /// <param name="text">Null takes it away.</param>
    public BucketSettings WithDocument(string name, string? text) =>
        this with { Documents = text is null ? Documents.Remove(name) : Documents.SetItem(name, text) };

    /// <summary>Null when these settings may become others; else a sentence for the user.</summary>
    public string? RefusalOf(BucketSettings next) =>
        next.StoresNull && !next.Snapshots.All.IsEmpty ? "The bucket has snapshots, so it keeps versions; remove them first."
        : LockRule.Of(this) is not null && (next.StoresNull || LockRule.Of(next) is null)
            ? "Files of the bucket can be locked, so it keeps versions, and this stays so."
        : LockRule.Of(next) is not null && next.StoresNull ? "Only in a bucket that keeps versions can files be locked."
        : null;

    public bool Equals(BucketSettings? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    public override int GetHashCode() => HashCode.Combine(IsVersioned, Keep, Snapshots, Documents.Count);

    public byte[] Encode()
    {
        var writer = new ByteWriter(64);
        writer.Fixed(!Documents.IsEmpty ? DocumentsMagic : IsPlain ? Magic : LaterMagic);
        writer.Byte((byte)((IsVersioned ? VersionedFlag : 0) | (IsDeduplicated ? 0 : NoDedupFlag) | (IsCompressed ? CompressedFlag : 0) | (IsSuspended ? SuspendedFlag : 0)));
        writer.Byte(Profile == CutProfile.Small ? SmallProfile : DefaultProfile);
        if (!IsPlain || !Documents.IsEmpty)
        {
            writer.U32((uint)Keep.Last);
            writer.U64((ulong)Keep.For.TotalSeconds);
            Snapshots.WriteTo(writer);
        }

        if (!Documents.IsEmpty)
        {
            writer.Byte((byte)Documents.Count);
            foreach (var (name, text) in Documents)
            {
                writer.Text(name);
                writer.Text(text);
            }
        }

        return writer.ToArray();
    }

    /// <returns>False also for what a newer version of this program set: files are not kept by half of what was asked.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out BucketSettings? settings)
    {
        var reader = new ByteReader(bytes);
        var hasDocuments = bytes.StartsWith(DocumentsMagic);
        var isLater = hasDocuments || bytes.StartsWith(LaterMagic);
        reader.Expect(hasDocuments ? DocumentsMagic : isLater ? LaterMagic : Magic);
        var flags = reader.Byte();
        var profile = reader.Byte();
        reader.Require((flags & ~(VersionedFlag | NoDedupFlag | CompressedFlag | SuspendedFlag)) == 0 && profile <= SmallProfile);
        reader.Require((flags & (VersionedFlag | SuspendedFlag)) != SuspendedFlag);
        var (keep, snapshots) = isLater ? ReadLater(ref reader) : (KeepRule.None, BucketSnapshots.None);
        var documents = hasDocuments ? ReadDocuments(ref reader) : FileFacts.NoPairs;
        // What an earlier version says is said in it.
        reader.Require(hasDocuments ? !documents.IsEmpty : !isLater || !keep.IsNone || snapshots != BucketSnapshots.None);
        settings = !reader.IsComplete ? null : new BucketSettings
        {
            IsVersioned = (flags & VersionedFlag) != 0,
            IsSuspended = (flags & SuspendedFlag) != 0,
            IsCompressed = (flags & CompressedFlag) != 0,
            IsDeduplicated = (flags & NoDedupFlag) == 0,
            Profile = profile == SmallProfile ? CutProfile.Small : CutProfile.Default,
            Keep = keep,
            Snapshots = snapshots,
            Documents = documents,
        };
        return settings is not null;
    }

    private static (KeepRule Keep, BucketSnapshots Snapshots) ReadLater(ref ByteReader reader)
    {
        var last = reader.U32();
        var seconds = reader.U64();
        reader.Require(last <= KeepRule.LastMax && seconds <= (ulong)KeepRule.ForMax.TotalSeconds);
        var snapshots = BucketSnapshots.ReadFrom(ref reader);
        return (reader.HasFailed ? KeepRule.None : new KeepRule((int)last, TimeSpan.FromSeconds(seconds)), snapshots);
    }

    private static ImmutableSortedDictionary<string, string> ReadDocuments(ref ByteReader reader)
    {
        int count = reader.Byte();
        reader.Require(count is > 0 and <= DocumentsMax);
        var documents = FileFacts.NoPairs.ToBuilder();
        string? previous = null;
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var name = reader.Text(DocumentNameBytesMax);
            // Rising, so that there is one encoding only.
            reader.Require(name.Length > 0 && (previous is null || string.CompareOrdinal(previous, name) < 0));
            documents[name] = reader.Text(Manifest.InlineBytesMax);
            previous = name;
        }

        return documents.ToImmutable();
    }

    private static bool IsDocument(KeyValuePair<string, string> document) =>
        Encoding.UTF8.GetByteCount(document.Key) is > 0 and <= DocumentNameBytesMax
        && Encoding.UTF8.GetByteCount(document.Value) <= Manifest.InlineBytesMax;
}
