namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Wishes on their way to the one writer, which takes all of them at once. Its callers bound it.</summary>
internal sealed class WriteQueue
{
    private readonly object _lock = new();
    private List<WriteRequest> _waiting = [];
    private bool _isClosed;

    /// <summary>False after <see cref="Close"/>.</summary>
    public bool TryAdd(ReadOnlySpan<WriteRequest> requests)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _waiting.AddRange(requests);
                Monitor.Pulse(_lock);
            }

            return !_isClosed;
        }
    }

    /// <summary>Waits until there is something.</summary>
    /// <param name="emptied">A list that was taken before and is done with.</param>
    /// <param name="timeout">Then an empty list is returned.</param>
    /// <returns>Null when the queue is closed and everything was taken.</returns>
    public List<WriteRequest>? TakeAll(List<WriteRequest> emptied, TimeSpan timeout)
    {
        emptied.Clear();
        lock (_lock)
        {
            if (_waiting.Count == 0 && !_isClosed)
            {
                Monitor.Wait(_lock, timeout);
            }

            if (_waiting.Count == 0)
            {
                return _isClosed ? null : emptied;
            }

            (var taken, _waiting) = (_waiting, emptied);
            return taken;
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Monitor.Pulse(_lock);
        }
    }
}
