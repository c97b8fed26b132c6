using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>The pages that a head names itself, newest first, with what opens them.</summary>
/// <remarks>
/// Pages only ever join at the newest end. Eight of a level become one page of the level above, so that a head names at most
/// seven of each level, and a page costs one seventh of another on the average. docs/formats/history.md.
/// </remarks>
/// <param name="Entries">Levels do not fall.</param>
public sealed record HistoryTree(ImmutableArray<HistoryEntry> Entries)
{
    /// <summary>Seven of each level.</summary>
    public const int EntriesMax = (HistoryPage.ChildrenMax - 1) * (HistoryPage.LevelMax + 1);

    public static readonly HistoryTree Empty = new([]);

    private const byte Format = 1;

    /// <summary>Versions in all pages.</summary>
    public long Count => Entries.Sum(entry => (long)entry.Child.Versions);

    /// <summary>Puts a page of versions, all older than the head's own, before the others.</summary>
    /// <returns>The next tree, and the chunks to store before a head names them.</returns>
    public (HistoryTree Next, ImmutableArray<StoredPiece> Pieces) Add(ImmutableArray<PagedVersion> versions, FreshSource fresh)
    {
        var (child, pieces) = HistoryPage.Of(versions).Seal(fresh());
        var entries = Entries.Insert(0, new HistoryEntry(0, child));
        for (var level = 0; entries.Count(entry => entry.Level == level) == HistoryPage.ChildrenMax; level++)
        {
            var full = entries.Where(entry => entry.Level == level).ToImmutableArray();
            (child, var more) = HistoryPage.Of(level + 1, [.. full.Select(entry => entry.Child)]).Seal(fresh());
            pieces = pieces.AddRange(more);
            entries = entries.RemoveRange(0, full.Length).Insert(0, new HistoryEntry(level + 1, child));
        }

        return (new HistoryTree(entries), pieces);
    }

    /// <summary>Puts other versions in place of those of a page of versions; none takes the page away.</summary>
    /// <param name="path">From an entry's page down to the page of versions, and at each level which child was taken.</param>
    public (HistoryTree Next, ImmutableArray<StoredPiece> Pieces) Replace(
        HistoryPath path, ImmutableArray<PagedVersion> versions, FreshSource fresh)
    {
        var pieces = ImmutableArray.CreateBuilder<StoredPiece>();
        var below = versions.IsEmpty ? null : Sealed(HistoryPage.Of(versions));
        for (var i = path.Steps.Length - 1; i >= 0; i--)
        {
            var (page, index) = path.Steps[i];
            var children = below is null ? page.Children.RemoveAt(index) : page.Children.SetItem(index, below);
            below = children.IsEmpty ? null : Sealed(HistoryPage.Of(page.Level, children));
        }

        var entries = below is null
            ? Entries.RemoveAt(path.Entry)
            : Entries.SetItem(path.Entry, Entries[path.Entry] with { Child = below });
        return (new HistoryTree(entries), pieces.ToImmutable());

        HistoryChild Sealed(HistoryPage page)
        {
            var (child, made) = page.Seal(fresh());
            pieces.AddRange(made);
            return child;
        }
    }

    /// <summary>Seals it under a fresh key, so that what an earlier key opened does not open this.</summary>
    /// <returns>Null when there is no page.</returns>
    public HeadHistory? Seal(EnvelopeContext place, VersionKey key, KeySlot slot, FreshBytes salt)
    {
        Invariant.Holds(place.Kind == EnvelopeKind.History, "a history is sealed as one");
        if (Entries.IsEmpty)
        {
            return null;
        }

        var writer = new ByteWriter(1024);
        writer.Byte(Format);
        writer.U16((ushort)Entries.Length);
        foreach (var (level, child) in Entries)
        {
            writer.Byte((byte)level);
            child.WriteTo(writer);
        }

        return new HeadHistory(
            slot, new ByteString(Envelope.Seal(key, place, salt, writer.Written)),
            [.. Entries.Select(entry => new HistoryPageRef(entry.Child.Id, entry.Child.References))]);
    }

    /// <returns>False when it is damaged, another file's, or does not name the pages that the head names in the clear.</returns>
    public static bool TryOpen(HeadHistory history, EnvelopeContext place, VersionKey key, [NotNullWhen(true)] out HistoryTree? tree)
    {
        tree = null;
        if (place.Kind != EnvelopeKind.History || !Envelope.TryOpen(key, place, history.Index.Span, out var plain))
        {
            return false;
        }

        var reader = new ByteReader(plain);
        reader.Expect([Format]);
        var count = reader.Count16(1 + HistoryChild.EncodedBytes, EntriesMax);
        var entries = ImmutableArray.CreateBuilder<HistoryEntry>(count);
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            int level = reader.Byte();
            reader.Require(level <= HistoryPage.LevelMax && (i == 0 || level >= entries[i - 1].Level));
            entries.Add(new HistoryEntry(level, HistoryChild.ReadFrom(ref reader)));
        }

        var isNamed = reader.IsComplete
            && history.Pages.SequenceEqual(entries.Select(entry => new HistoryPageRef(entry.Child.Id, entry.Child.References)));
        tree = isNamed ? new HistoryTree(entries.ToImmutable()) : null;
        return tree is not null;
    }
}

/// <summary>A page that a head names itself.</summary>
public sealed record HistoryEntry(int Level, HistoryChild Child);

/// <summary>Where a page of versions is.</summary>
/// <param name="Entry">Index of the tree's entry above it.</param>
/// <param name="Steps">The pages from there down to the one above it, and which child leads on.</param>
public sealed record HistoryPath(int Entry, ImmutableArray<(HistoryPage Page, int Index)> Steps);
