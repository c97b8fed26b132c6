using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Chunking;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>How the files of a bucket are kept; a change counts from the next put on. docs/formats/bucket.md.</summary>
public sealed record BucketSettings
{
    /// <summary>Of the bucket <see cref="ObjectKey.DefaultBucket"/> before anybody changes them, and of a new one.</summary>
    public static readonly BucketSettings Default = new();

    private const byte VersionedFlag = 1, NoDedupFlag = 2, CompressedFlag = 4;
    private const byte DefaultProfile = 0, SmallProfile = 1;

    private static ReadOnlySpan<byte> Magic => "DFSB\x01"u8;

    private static ReadOnlySpan<byte> LaterMagic => "DFSB\x02"u8;

    /// <summary>A put keeps the versions before it, and a removal leaves a mark; else both destroy what was there.</summary>
    public bool IsVersioned { get; init; }

    public CutProfile Profile { get; init; } = CutProfile.Default;

    /// <summary>Equal content within the bucket is stored once; else every chunk of every put has a key of its own.</summary>
    public bool IsDeduplicated { get; init; } = true;

    /// <summary>Chunks that become shorter by it are compressed before they are sealed.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Which older versions are kept.</summary>
    public KeepRule Keep { get; init; } = KeepRule.None;

    public BucketSnapshots Snapshots { get; init; } = BucketSnapshots.None;

    public Retention Retention => new(Keep, Snapshots);

    // As version 1 while that says it all, so that a program from before reads it.
    private bool IsPlain => Keep.IsNone && Snapshots == BucketSnapshots.None;

    public byte[] Encode()
    {
        var writer = new ByteWriter(64);
        writer.Fixed(IsPlain ? Magic : LaterMagic);
        writer.Byte((byte)((IsVersioned ? VersionedFlag : 0) | (IsDeduplicated ? 0 : NoDedupFlag) | (IsCompressed ? CompressedFlag : 0)));
        writer.Byte(Profile == CutProfile.Small ? SmallProfile : DefaultProfile);
        if (!IsPlain)
        {
            writer.U32((uint)Keep.Last);
            writer.U64((ulong)Keep.For.TotalSeconds);
            Snapshots.WriteTo(writer);
        }

        return writer.ToArray();
    }

    /// <returns>False also for what a newer version of this program set: files are not kept by half of what was asked.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out BucketSettings? settings)
    {
        var reader = new ByteReader(bytes);
        var isLater = bytes.StartsWith(LaterMagic);
        reader.Expect(isLater ? LaterMagic : Magic);
        var flags = reader.Byte();
        var profile = reader.Byte();
        reader.Require((flags & ~(VersionedFlag | NoDedupFlag | CompressedFlag)) == 0 && profile <= SmallProfile);
        var (keep, snapshots) = isLater ? ReadLater(ref reader) : (KeepRule.None, BucketSnapshots.None);
        settings = !reader.IsComplete ? null : new BucketSettings
        {
            IsVersioned = (flags & VersionedFlag) != 0,
            IsCompressed = (flags & CompressedFlag) != 0,
            IsDeduplicated = (flags & NoDedupFlag) == 0,
            Profile = profile == SmallProfile ? CutProfile.Small : CutProfile.Default,
            Keep = keep,
            Snapshots = snapshots,
        };
        return settings is not null;
    }

    private static (KeepRule Keep, BucketSnapshots Snapshots) ReadLater(ref ByteReader reader)
    {
        var last = reader.U32();
        var seconds = reader.U64();
        reader.Require(last <= KeepRule.LastMax && seconds <= (ulong)KeepRule.ForMax.TotalSeconds);
        var snapshots = BucketSnapshots.ReadFrom(ref reader);
        var keep = reader.HasFailed ? KeepRule.None : new KeepRule((int)last, TimeSpan.FromSeconds(seconds));
        // What version 1 says is said in version 1.
        reader.Require(!keep.IsNone || snapshots != BucketSnapshots.None);
        return (keep, snapshots);
    }
}
