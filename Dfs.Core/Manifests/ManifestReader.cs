using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>Walks the chunks of a file in order, from any place, and says which page it needs next.</summary>
/// <remarks>
/// Pure: the caller fetches. Holds one page per level. A page is believed when its bytes have the name that its parent
/// gives them and it covers exactly as much of the file as the parent says.
/// </remarks>
public sealed class ManifestReader
{
    private readonly Stack<Frame> _path = new();
    private readonly ulong _from, _to;
    private PageChild? _wanted;
    private ulong _wantedAt;

    /// <param name="from">First byte of the file that is wanted; beyond the end gives no chunk.</param>
    /// <param name="count">How many bytes are wanted; null for the rest.</param>
    public ManifestReader(Manifest manifest, ulong from = 0, ulong? count = null)
    {
        _from = Math.Min(from, manifest.PlainBytes);
        _to = Math.Min(count ?? ulong.MaxValue, manifest.PlainBytes - _from) + _from;
        if (manifest.Page is { } page)
        {
            _path.Push(new Frame(page, 0));
        }
    }

    /// <summary>The next chunk, a page to fetch first, or the end; asking for a page again gives the same answer.</summary>
    public ManifestStep Next()
    {
        if (_wanted is not null)
        {
            return new ManifestStep.FetchPage(_wanted.Id, _wanted.PageBytes);
        }

        while (_path.TryPeek(out var frame))
        {
            if (!frame.TryMove(out var entry, out var child, out var at, out var plainBytes))
            {
                _path.Pop();
            }
            else if (at >= _to)
            {
                _path.Clear();
            }
            else if (at + plainBytes > _from)
            {
                if (entry is not null)
                {
                    return new ManifestStep.ReadChunk(entry, at);
                }

                (_wanted, _wantedAt) = (child, at);
                return new ManifestStep.FetchPage(child!.Id, child.PageBytes);
            }
        }

        return ManifestStep.Finished.Instance;
    }

    /// <summary>Gives the page that was asked for.</summary>
    /// <param name="sealedPage">Left as it is.</param>
    /// <returns>False when these are not its bytes, or they say something else than their parent: try another copy.</returns>
    public bool TryFeed(ReadOnlySpan<byte> sealedPage)
    {
        Invariant.Holds(_wanted is not null, "a page is fed when it was asked for");
        if (sealedPage.Length != _wanted.PageBytes)
        {
            return false;
        }

        var bytes = sealedPage.ToArray();
        if (!ChunkSeal.TryOpen(bytes, _wanted.Id, _wanted.Key) || !ManifestPage.TryDecode(bytes, out var page)
            || page.Level != _path.Peek().Page.Level - 1 || page.PlainBytes != _wanted.PlainBytes)
        {
            return false;
        }

        _path.Push(new Frame(page, _wantedAt));
        _wanted = null;
        return true;
    }

    private sealed class Frame(ManifestPage page, ulong start)
    {
        private int _index;
        private ulong _at = start;

        public ManifestPage Page => page;

        public bool TryMove(out ChunkEntry? entry, out PageChild? child, out ulong at, out ulong plainBytes)
        {
            entry = page.Level == 0 && _index < page.Entries.Length ? page.Entries[_index] : null;
            child = page.Level > 0 && _index < page.Children.Length ? page.Children[_index] : null;
            at = _at;
            plainBytes = entry?.PlainBytes ?? child?.PlainBytes ?? 0;
            _index++;
            _at += plainBytes;
            return entry is not null || child is not null;
        }
    }
}

/// <summary>What a <see cref="ManifestReader"/> says next.</summary>
public abstract record ManifestStep
{
    private ManifestStep() { }

    /// <param name="PlainOffset">Of the chunk's first byte in the file; the first chunk may begin before what is wanted.</param>
    public sealed record ReadChunk(ChunkEntry Entry, ulong PlainOffset) : ManifestStep;

    /// <summary>Fetch it and give it to <see cref="ManifestReader.TryFeed"/>.</summary>
    public sealed record FetchPage(ChunkId Id, uint SizeBytes) : ManifestStep;

    public sealed record Finished : ManifestStep
    {
        public static readonly Finished Instance = new();

        private Finished() { }
    }
}
