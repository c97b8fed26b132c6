using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A page of a file's history, newest first: versions at level 0, pages of the level below above it.</summary>
/// <remarks>Stored sealed, as a chunk under a one-time key, beside a clear page of references. docs/formats/history.md.</remarks>
public sealed record HistoryPage
{
    /// <summary>Eight: what an entry in a head costs times the number of levels stays at a few KiB for any history.</summary>
    public const int ChildrenMax = 8;

    /// <summary>64 KiB of head make no more versions.</summary>
    public const int VersionsMax = 1024;

    /// <summary>8^10 leaves.</summary>
    public const int LevelMax = 10;

    private const byte Format = 1;

    private HistoryPage(int level, ImmutableArray<PagedVersion> versions, ImmutableArray<HistoryChild> children) =>
        (Level, Versions, Children) = (level, versions, children);

    public int Level { get; }

    /// <summary>At level 0.</summary>
    public ImmutableArray<PagedVersion> Versions { get; }

    /// <summary>Above it.</summary>
    public ImmutableArray<HistoryChild> Children { get; }

    public uint Count => Level == 0 ? (uint)Versions.Length : (uint)Children.Sum(child => child.Versions);

    public static HistoryPage Of(ImmutableArray<PagedVersion> versions)
    {
        Invariant.Holds(versions.Length is > 0 and <= VersionsMax, $"a page has 1 to {VersionsMax} versions ({versions.Length})");
        return new HistoryPage(0, versions, []);
    }

    public static HistoryPage Of(int level, ImmutableArray<HistoryChild> children)
    {
        Invariant.Holds(level is > 0 and <= LevelMax, $"pages of pages are at levels 1 to {LevelMax} ({level})");
        Invariant.Holds(children.Length is > 0 and <= ChildrenMax, $"a page has 1 to {ChildrenMax} pages ({children.Length})");
        return new HistoryPage(level, [], children);
    }

    /// <summary>Seals it under a key of its own.</summary>
    /// <returns>What its parent remembers, and the two chunks to store before a head names them.</returns>
    public (HistoryChild Child, ImmutableArray<StoredPiece> Pieces) Seal(FreshBytes fresh)
    {
        var references = HistoryReferences.Of(this).Encode();
        var bytes = Encode();
        var chunk = ChunkSeal.Seal(bytes, fresh);
        var referencesId = ChunkTree.IdOf(references);
        return (
            new HistoryChild(chunk.Id, referencesId, chunk.Key, (uint)bytes.Length, Count),
            [new StoredPiece(chunk.Id, bytes), new StoredPiece(referencesId, references)]);
    }

    /// <param name="sealedPage">Left as it is.</param>
    /// <returns>False when these are not the page's bytes, or they say something else than their parent.</returns>
    public static bool TryOpen(
        ReadOnlySpan<byte> sealedPage, int level, HistoryChild child, [NotNullWhen(true)] out HistoryPage? page)
    {
        page = null;
        var bytes = sealedPage.ToArray();
        if (bytes.Length != child.PageBytes || !ChunkSeal.TryOpen(bytes, child.Id, child.Key) || !TryDecode(bytes, out page))
        {
            return false;
        }

        page = page.Level == level && page.Count == child.Versions ? page : null;
        return page is not null;
    }

    internal byte[] Encode()
    {
        var writer = new ByteWriter(4096);
        writer.Byte(Format);
        writer.Byte((byte)Level);
        writer.U16((ushort)(Versions.Length + Children.Length));
        foreach (var version in Versions)
        {
            version.WriteTo(writer);
        }

        foreach (var child in Children)
        {
            child.WriteTo(writer);
        }

        return writer.ToArray();
    }

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out HistoryPage? page)
    {
        var reader = new ByteReader(bytes);
        reader.Expect([Format]);
        int level = reader.Byte();
        var count = level == 0
            ? reader.Count16(SecretKey.SizeBytes + HeadVersion.EncodedBytesMin, VersionsMax)
            : reader.Count16(HistoryChild.EncodedBytes, ChildrenMax);
        reader.Require(level <= LevelMax && count > 0);
        var inChildren = 0UL;
        var versions = ImmutableArray.CreateBuilder<PagedVersion>();
        var children = ImmutableArray.CreateBuilder<HistoryChild>();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            if (level == 0)
            {
                versions.Add(PagedVersion.ReadFrom(ref reader));
            }
            else
            {
                children.Add(HistoryChild.ReadFrom(ref reader));
                inChildren += children[^1].Versions;
                reader.Require(inChildren <= uint.MaxValue);
            }
        }

        page = reader.IsComplete ? new HistoryPage(level, versions.ToImmutable(), children.ToImmutable()) : null;
        return page is not null;
    }
}
