using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>Which chunks a page of a history needs, in the clear, for nodes without keys.</summary>
/// <remarks>Stored as a chunk of exactly these bytes, like a <see cref="ReferencePage"/>. docs/formats/history.md.</remarks>
public sealed record HistoryReferences(ImmutableArray<HistoryReference> Items)
{
    /// <summary>Two for each page below, or what the versions of a page can name.</summary>
    public const int ItemsMax = ushort.MaxValue;

    private const int ItemBytes = 1 + Bytes32.SizeBytes;

    private static ReadOnlySpan<byte> Magic => "DFSV\x01"u8;

    public static HistoryReferences Of(HistoryPage page) => new(
    [
        .. page.Children.SelectMany(child => new[]
        {
            new HistoryReference(HistoryReferenceKind.Chunk, child.Id),
            new HistoryReference(HistoryReferenceKind.PageReferences, child.References),
        }),
        .. page.Versions.SelectMany(paged => paged.Version.NamedChunks().Select(id => new HistoryReference(
            id == paged.Version.References.Root ? HistoryReferenceKind.VersionReferences : HistoryReferenceKind.Chunk, id))),
    ]);

    public byte[] Encode()
    {
        Invariant.Holds(Items.Length <= ItemsMax, $"a page of references has at most {ItemsMax} items ({Items.Length})");
        var writer = new ByteWriter(8 + Items.Length * ItemBytes);
        writer.Fixed(Magic);
        writer.U16((ushort)Items.Length);
        foreach (var item in Items)
        {
            writer.Byte((byte)item.Kind);
            writer.Bytes32(item.Id.Value);
        }

        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out HistoryReferences? references)
    {
        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        var count = reader.Count16(ItemBytes, ItemsMax);
        var items = ImmutableArray.CreateBuilder<HistoryReference>(count);
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var kind = (HistoryReferenceKind)reader.Byte();
            reader.Require(kind is HistoryReferenceKind.Chunk or HistoryReferenceKind.VersionReferences or HistoryReferenceKind.PageReferences);
            items.Add(new HistoryReference(kind, new ChunkId(reader.Bytes32())));
        }

        references = reader.IsComplete ? new HistoryReferences(items.ToImmutable()) : null;
        return references is not null;
    }

    public bool Equals(HistoryReferences? other) => other is not null && Items.SequenceEqual(other.Items);

    public override int GetHashCode() => Items.Length;
}

/// <summary>A chunk that a history needs.</summary>
public readonly record struct HistoryReference(HistoryReferenceKind Kind, ChunkId Id);

/// <summary>What stands in the chunk, for who follows references; the numbers are part of the format.</summary>
public enum HistoryReferenceKind : byte
{
    /// <summary>Sealed: it names nothing that can be read.</summary>
    Chunk = 1,

    /// <summary>A <see cref="ReferencePage"/>.</summary>
    VersionReferences = 2,

    /// <summary><see cref="HistoryReferences"/> of a page below.</summary>
    PageReferences = 3,
}
