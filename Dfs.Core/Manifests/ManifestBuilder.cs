using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>Makes the manifest of a file while its chunks are stored one after the other.</summary>
/// <remarks>
/// Memory is one open page per level, whatever the size of the file. Pages are sealed like chunks: by content when the
/// bucket deduplicates, so that a repeated or resumed upload makes the same pages, else under one-time keys. One file
/// per builder.
/// </remarks>
public sealed class ManifestBuilder
{
    private readonly DedupSecret? _dedup;
    private readonly FreshSource _fresh;
    private readonly ReferenceBuilder _references = new();
    private readonly List<ChunkEntry> _entries = [];

    // _levels[0] are the finished pages of chunks, _levels[1] the pages of those.
    private readonly List<List<PageChild>> _levels = [];
    private List<StoredPiece> _pieces = [];

    /// <param name="dedup">Null when the bucket does not deduplicate.</param>
    public ManifestBuilder(DedupSecret? dedup, FreshSource fresh) => (_dedup, _fresh) = (dedup, fresh);

    public ulong PlainBytes { get; private set; }

    /// <summary>Ciphertext of the chunks and sealed pages so far.</summary>
    public ulong CipherBytes { get; private set; }

    /// <returns>Pages that have become full; store them.</returns>
    public IReadOnlyList<StoredPiece> Append(ChunkEntry entry)
    {
        if (_entries.Count == ManifestPage.ItemsMax)
        {
            ClosePageOfChunks();
        }

        _entries.Add(entry);
        PlainBytes += entry.PlainBytes;
        CipherBytes += entry.CipherBytes;
        Invariant.Holds(PlainBytes <= ManifestPage.FileBytesMax, $"a file has at most 2^60 bytes ({PlainBytes})");
        Refer(entry.Id);
        return TakePieces();
    }

    /// <param name="place">Of kind <see cref="EnvelopeKind.Manifest"/>.</param>
    public BuiltManifest Finish(FileFacts facts, VersionKey key, EnvelopeContext place)
    {
        Invariant.Holds(_entries.Count > 0, "a file without chunks has its content in the manifest");
        var page = RootPage();
        var (references, pieces) = _references.Finish();
        _pieces.AddRange(pieces);
        var root = Manifest.OfPage(facts, page, references.Root).Seal(key, place, _fresh());
        return new BuiltManifest(root, references, TakePieces(), PlainBytes, CipherBytes);
    }

    /// <summary>A file whose content stands in its manifest.</summary>
    public static BuiltManifest OfContent(
        FileFacts facts, ReadOnlySpan<byte> content, VersionKey key, EnvelopeContext place, FreshBytes salt)
    {
        var root = Manifest.OfContent(facts, content).Seal(key, place, salt);
        return new BuiltManifest(root, ReferenceList.Empty, [], (ulong)content.Length, 0);
    }

    private ManifestPage RootPage()
    {
        if (_levels.Count == 0 && _entries.Count <= Manifest.RootItemsMax)
        {
            return ManifestPage.Of([.. _entries]);
        }

        ClosePageOfChunks();
        var level = 0;
        while (level < _levels.Count - 1 || _levels[level].Count > Manifest.RootItemsMax)
        {
            ClosePageOfPages(level++);
        }

        return ManifestPage.Of(level + 1, [.. _levels[level]]);
    }

    private void ClosePageOfChunks()
    {
        Close(ManifestPage.Of([.. _entries]));
        _entries.Clear();
    }

    private void ClosePageOfPages(int level)
    {
        Close(ManifestPage.Of(level + 1, [.. _levels[level]]));
        _levels[level].Clear();
    }

    private void Close(ManifestPage page)
    {
        Invariant.Holds(page.Level <= ManifestPage.LevelMax, $"pages are at most {ManifestPage.LevelMax} deep ({page.Level})");
        var bytes = page.Encode();
        var chunk = _dedup is null ? ChunkSeal.Seal(bytes, _fresh()) : ChunkSeal.Seal(bytes, _dedup);
        _pieces.Add(new StoredPiece(chunk.Id, bytes));
        CipherBytes += (ulong)bytes.Length;
        Refer(chunk.Id);
        if (_levels.Count == page.Level)
        {
            _levels.Add([]);
        }

        if (_levels[page.Level].Count == ManifestPage.ItemsMax)
        {
            ClosePageOfPages(page.Level);
        }

        _levels[page.Level].Add(new PageChild(chunk.Id, chunk.Key, (uint)bytes.Length, page.PlainBytes));
    }

    private void Refer(ChunkId id)
    {
        if (_references.Append(id) is { } page)
        {
            _pieces.Add(page);
        }
    }

    private List<StoredPiece> TakePieces()
    {
        var pieces = _pieces;
        if (pieces.Count > 0)
        {
            _pieces = [];
        }

        return pieces;
    }
}

/// <summary>A finished manifest.</summary>
/// <param name="Root">Sealed, at most 16 KiB.</param>
/// <param name="References">For the head, in the clear.</param>
/// <param name="Pieces">The last pages; store them before the head is written.</param>
/// <param name="CipherBytes">Of chunks and sealed pages.</param>
public sealed record BuiltManifest(
    ByteString Root, ReferenceList References, IReadOnlyList<StoredPiece> Pieces, ulong PlainBytes, ulong CipherBytes);
