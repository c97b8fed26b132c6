using System.Collections.Immutable;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>Collects the ids of a version's chunks into pages.</summary>
/// <remarks>
/// The same ids in the same order give the same pages. An id that follows itself is listed once. Memory: one open
/// page, and 40 bytes for each full one: 10 MiB for a petabyte.
/// </remarks>
public sealed class ReferenceBuilder
{
    private readonly List<Level> _levels = [new()];
    private ChunkId? _last;

    /// <returns>A page that has become full; store it. Null when none has.</returns>
    public StoredPiece? Append(ChunkId id)
    {
        if (id == _last)
        {
            return null;
        }

        _last = id;
        var piece = _levels[0].IsFull ? Close(0) : null;
        _levels[0].Add(id, 1);
        return piece;
    }

    public (ReferenceList List, ImmutableArray<StoredPiece> Pieces) Finish()
    {
        if (_levels.Count == 1 && _levels[0].Ids.Count <= ReferenceList.InlineMax)
        {
            return (ReferenceList.Of([.. _levels[0].Ids]), []);
        }

        var pieces = ImmutableArray.CreateBuilder<StoredPiece>();
        for (var level = 0; level < _levels.Count; level++)
        {
            var isTop = level == _levels.Count - 1;
            if (isTop && _levels[level].Ids.Count == 1 && level > 0)
            {
                break;
            }

            foreach (var page in _levels[level].Pages(level))
            {
                pieces.Add(PieceOf(page));
                Above(level).Add(pieces[^1].Id, page.Count);
            }
        }

        return (ReferenceList.Of(_levels[^1].Ids[0]), pieces.ToImmutable());
    }

    private StoredPiece Close(int level)
    {
        var page = _levels[level].Pages(level).Single();
        var piece = PieceOf(page);
        _levels[level].Clear();
        Above(level).Add(piece.Id, page.Count);
        return piece;
    }

    private Level Above(int level)
    {
        if (_levels.Count == level + 1)
        {
            _levels.Add(new Level());
        }

        return _levels[level + 1];
    }

    private static StoredPiece PieceOf(ReferencePage page)
    {
        var bytes = page.Encode();
        return new StoredPiece(ChunkTree.IdOf(bytes), bytes);
    }

    private sealed class Level
    {
        public List<ChunkId> Ids { get; } = [];

        private List<ulong> Counts { get; } = [];

        public bool IsFull => Ids.Count == ReferencePage.ItemsMax;

        public void Add(ChunkId id, ulong count)
        {
            Ids.Add(id);
            Counts.Add(count);
        }

        public void Clear()
        {
            Ids.Clear();
            Counts.Clear();
        }

        public IEnumerable<ReferencePage> Pages(int level)
        {
            for (var at = 0; at < Ids.Count; at += ReferencePage.ItemsMax)
            {
                var count = Math.Min(ReferencePage.ItemsMax, Ids.Count - at);
                var counts = level == 0 ? [] : Counts.GetRange(at, count).ToImmutableArray();
                yield return new ReferencePage(level, [.. Ids.GetRange(at, count)], counts);
            }
        }
    }
}
