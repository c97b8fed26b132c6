using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>The segments of a store by slot and by number, and the files that are open for reading.</summary>
/// <remarks>
/// Files are opened when needed and at most <c>openMax</c> stay open; the one that was used longest ago goes first. A file in
/// use stays readable, also when its segment is removed meanwhile.
/// </remarks>
internal sealed class SegmentTable(IDisk disk, int openMax) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, Segment> _byNumber = [];
    private readonly List<Segment?> _bySlot = [];
    private readonly LinkedList<OpenFile> _used = new();
    private readonly Dictionary<ulong, LinkedListNode<OpenFile>> _open = [];
    private ulong _highest;

    /// <summary>Random, the store's own, in every header and record; see <see cref="SegmentHeader"/>.</summary>
    public ulong Tag { get; set; }

    /// <summary>In the order in which they were written.</summary>
    public IReadOnlyList<Segment> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _byNumber.Values];
            }
        }
    }

    public Segment? Last => All is [.., var last] ? last : null;

    /// <summary>Above every number that was seen: a number is never given twice.</summary>
    public ulong NextNumber
    {
        get
        {
            lock (_lock)
            {
                return _highest + 1;
            }
        }
    }

    /// <summary>Keeps a number from being given again.</summary>
    public void NoteNumber(ulong number)
    {
        lock (_lock)
        {
            _highest = Math.Max(_highest, number);
        }
    }

    /// <summary>Null when a store cannot have more.</summary>
    public Segment? TryAdd(ulong number, string path)
    {
        lock (_lock)
        {
            var slot = _bySlot.IndexOf(null);
            if (slot < 0 && _bySlot.Count == RecordPlace.SlotsMax)
            {
                return null;
            }

            if (slot < 0)
            {
                slot = _bySlot.Count;
                _bySlot.Add(null);
            }

            var segment = new Segment(number, slot, path);
            _bySlot[slot] = segment;
            _byNumber.Add(number, segment);
            _highest = Math.Max(_highest, number);
            return segment;
        }
    }

    public void Remove(Segment segment)
    {
        lock (_lock)
        {
            _bySlot[segment.Slot] = null;
            _byNumber.Remove(segment.Number);
            if (_open.Remove(segment.Number, out var node))
            {
                _used.Remove(node);
                node.Value.Retire();
            }
        }
    }

    /// <summary>Null when the slot is empty.</summary>
    public Segment? At(int slot)
    {
        lock (_lock)
        {
            return slot < _bySlot.Count ? _bySlot[slot] : null;
        }
    }

    public Segment? Numbered(ulong number)
    {
        lock (_lock)
        {
            return _byNumber.GetValueOrDefault(number);
        }
    }

    /// <summary>Opens the segment's file, or shares it; dispose the use. Null when the file is gone.</summary>
    /// <exception cref="DiskException">It cannot be opened.</exception>
    public FileUse? Use(Segment segment)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(segment.Number, out var node))
            {
                _used.Remove(node);
                _used.AddLast(node);
                return node.Value.Use();
            }

            if (_bySlot[segment.Slot] != segment || disk.Open(segment.Path, writable: false) is not { } file)
            {
                return null;
            }

            var opened = new OpenFile(segment.Number, file);
            _open.Add(segment.Number, _used.AddLast(opened));
            if (_open.Count > openMax)
            {
                var oldest = _used.First!.Value;
                _used.RemoveFirst();
                _open.Remove(oldest.Number);
                oldest.Retire();
            }

            return opened.Use();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var file in _used)
            {
                file.Retire();
            }

            _used.Clear();
            _open.Clear();
        }
    }

    private sealed class OpenFile(ulong number, IDiskFile file)
    {
        // The table's own, and one for each reader.
        private int _holders = 1;

        public ulong Number => number;

        public IDiskFile File => file;

        public FileUse Use()
        {
            Interlocked.Increment(ref _holders);
            return new FileUse(file, Retire);
        }

        public void Retire()
        {
            if (Interlocked.Decrement(ref _holders) == 0)
            {
                file.Dispose();
            }
        }
    }
}

/// <summary>A file that stays open until this is disposed, once.</summary>
internal readonly struct FileUse(IDiskFile file, Action release) : IDisposable
{
    public IDiskFile File => file;

    public void Dispose() => release();
}
