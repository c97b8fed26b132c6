using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>The part of a head that says where its older versions are.</summary>
/// <param name="Slot">Opens the index; a new key epoch re-wraps it like the slots of versions, and with it the whole history.</param>
/// <param name="Index">The sealed <see cref="HistoryTree"/>.</param>
/// <param name="Pages">In the clear, newest first: each page and its references.</param>
public sealed record HeadHistory(KeySlot Slot, ByteString Index, ImmutableArray<HistoryPageRef> Pages)
{
    /// <summary>8 KiB.</summary>
    public const int IndexBytesMax = 8 * 1024;

    public HeadHistory WithSlot(KeySlot slot) => this with { Slot = slot };

    internal void WriteTo(ByteWriter writer)
    {
        Slot.WriteTo(writer);
        writer.Block16(Index.Span);
        writer.U16((ushort)Pages.Length);
        foreach (var page in Pages)
        {
            writer.Bytes32(page.Page.Value);
            writer.Bytes32(page.References.Value);
        }
    }

    internal static HeadHistory ReadFrom(ref ByteReader reader)
    {
        var slot = KeySlot.ReadFrom(ref reader);
        var index = new ByteString(reader.Block16(IndexBytesMax));
        var count = reader.Count16(2 * Bytes32.SizeBytes, HistoryTree.EntriesMax);
        reader.Require(count > 0);
        var pages = ImmutableArray.CreateBuilder<HistoryPageRef>(count);
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            pages.Add(new HistoryPageRef(new ChunkId(reader.Bytes32()), new ChunkId(reader.Bytes32())));
        }

        return new HeadHistory(slot, index, pages.ToImmutable());
    }

    public bool Equals(HeadHistory? other) =>
        other is not null && Slot == other.Slot && Index.Equals(other.Index) && Pages.SequenceEqual(other.Pages);

    public override int GetHashCode() => HashCode.Combine(Index, Pages.Length);
}

/// <summary>A page of a history that a head names itself.</summary>
public readonly record struct HistoryPageRef(ChunkId Page, ChunkId References);
