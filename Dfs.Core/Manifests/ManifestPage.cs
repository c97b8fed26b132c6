using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A stretch of a file: chunks at level 0, pages of the level below above it.</summary>
/// <remarks>Stored as a sealed chunk; the root's own stretch stands in the manifest. docs/formats/manifest.md.</remarks>
public sealed record ManifestPage
{
    /// <summary>1,024: a leaf page of 73 KiB, so that a place in a terabyte file is found by reading two pages.</summary>
    public const int ItemsMax = 1024;

    /// <summary>Of pages below the root: 1,024^4 chunks are more than a file can have.</summary>
    public const int LevelMax = 3;

    /// <summary>2^60 bytes: sums stay far from overflow.</summary>
    public const ulong FileBytesMax = 1UL << 60;

    private const byte Version = 1;

    private ManifestPage(int level, ImmutableArray<ChunkEntry> entries, ImmutableArray<PageChild> children) =>
        (Level, Entries, Children) = (level, entries, children);

    public int Level { get; }

    /// <summary>Empty above level 0.</summary>
    public ImmutableArray<ChunkEntry> Entries { get; }

    /// <summary>Empty at level 0.</summary>
    public ImmutableArray<PageChild> Children { get; }

    public ulong PlainBytes
    {
        get
        {
            ulong sum = 0;
            foreach (var entry in Entries)
            {
                sum += entry.PlainBytes;
            }

            foreach (var child in Children)
            {
                sum += child.PlainBytes;
            }

            return sum;
        }
    }

    public static ManifestPage Of(ImmutableArray<ChunkEntry> entries) => new(0, entries, []);

    public static ManifestPage Of(int level, ImmutableArray<PageChild> children)
    {
        Invariant.Holds(level > 0, $"pages are above chunks (level {level})");
        return new ManifestPage(level, [], children);
    }

    public byte[] Encode()
    {
        var writer = new ByteWriter(4 + ItemsMax * PageChild.EncodedBytes);
        writer.Byte(Version);
        WriteTo(writer);
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ManifestPage? page)
    {
        var reader = new ByteReader(bytes);
        reader.Expect([Version]);
        page = ReadFrom(ref reader);
        reader.Require(page is not null && page.Entries.Length + page.Children.Length > 0);
        page = reader.IsComplete ? page : null;
        return page is not null;
    }

    /// <summary>Level (1), count (2), items.</summary>
    internal void WriteTo(ByteWriter writer)
    {
        writer.Byte((byte)Level);
        writer.U16((ushort)(Entries.Length + Children.Length));
        foreach (var entry in Entries)
        {
            entry.WriteTo(writer);
        }

        foreach (var child in Children)
        {
            child.WriteTo(writer);
        }
    }

    /// <returns>Null exactly when the reader has failed.</returns>
    internal static ManifestPage? ReadFrom(ref ByteReader reader)
    {
        int level = reader.Byte();
        // A root may be one above the highest page.
        reader.Require(level <= LevelMax + 1);
        return level == 0 ? ReadEntries(ref reader) : ReadChildren(ref reader, level);
    }

    private static ManifestPage? ReadEntries(ref ByteReader reader)
    {
        var count = reader.Count16(ChunkEntry.EncodedBytes, ItemsMax);
        var entries = ImmutableArray.CreateBuilder<ChunkEntry>(count);
        for (var i = 0; i < count && ChunkEntry.ReadFrom(ref reader) is { } entry; i++)
        {
            entries.Add(entry);
        }

        return reader.HasFailed ? null : Of(entries.ToImmutable());
    }

    private static ManifestPage? ReadChildren(ref ByteReader reader, int level)
    {
        var count = reader.Count16(PageChild.EncodedBytes, ItemsMax);
        var children = ImmutableArray.CreateBuilder<PageChild>(count);
        var plainBytes = 0UL;
        for (var i = 0; i < count && PageChild.ReadFrom(ref reader) is { } child; i++)
        {
            children.Add(child);
            plainBytes += child.PlainBytes;
            reader.Require(plainBytes <= FileBytesMax);
        }

        return reader.HasFailed ? null : Of(level, children.ToImmutable());
    }
}
