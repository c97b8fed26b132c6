using System.Threading.Channels;
using Dfs.Core.Events;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Events;

/// <summary>The newest events that a node has noted, kept over restarts: docs/formats/events.md.</summary>
/// <remarks>
/// Thread-safe. Adding never waits: a task of its own appends to the file, and with a disk that takes nothing the events are there until the
/// node stops. They are not synced one by one, so a power cut may take the last ones; nothing is decided by them.
/// </remarks>
public sealed class EventLog : IAsyncDisposable
{
    /// <summary>4,096 events: some weeks of a cluster that is not quiet, 1.5 MB at most.</summary>
    public const int CountMax = 4096;

    private readonly IDisk _disk;
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Queue<ClusterEvent> _events = new();
    private readonly Channel<ClusterEvent> _toWrite = Channel.CreateBounded<ClusterEvent>(
        new BoundedChannelOptions(CountMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Task _writing;
    private IDiskFile? _file;
    private long _fileBytes;
    private int _fileCount;

    /// <param name="path">Of the file; beside it a shorter one is written when it has grown.</param>
    public EventLog(IDisk disk, string path, TimeProvider time)
    {
        (_disk, _path, _time) = (disk, path, time);
        Read();
        _writing = WriteAllAsync();
    }

    /// <summary>Notes it at the time that it is now.</summary>
    public void Add(EventKind kind, string subject, string text)
    {
        var noted = ClusterEvent.Create(_time.GetUtcNow().ToUnixTimeMilliseconds(), kind, subject, text);
        lock (_lock)
        {
            Keep(noted);
            _toWrite.Writer.TryWrite(noted);
        }
    }

    /// <summary>The newest ones from that time on, oldest first.</summary>
    public IReadOnlyList<ClusterEvent> Since(long unixMs, int countMax)
    {
        lock (_lock)
        {
            return [.. _events.Where(each => each.AtUnixMs >= unixMs).TakeLast(countMax)];
        }
    }

    /// <summary>Writes what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        _toWrite.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        _file?.Dispose();
    }

    private void Keep(ClusterEvent noted)
    {
        _events.Enqueue(noted);
        if (_events.Count > CountMax)
        {
            _events.Dequeue();
        }
    }

    private void Read()
    {
        try
        {
            using var file = _disk.Open(_path, writable: false);
            var bytes = new byte[file is null ? 0 : (int)Math.Min(file.SizeBytes, 3L * CountMax * EventCodec.RecordBytesMax)];
            var read = 0;
            while (file is not null && read < bytes.Length && file.Read(read, bytes.AsSpan(read)) is > 0 and var count)
            {
                read += count;
            }

            var (events, wholeBytes) = EventCodec.Decode(bytes.AsSpan(0, read));
            (_fileBytes, _fileCount) = (wholeBytes, events.Count);
            foreach (var each in events)
            {
                Keep(each);
            }
        }
        catch (DiskException)
        {
            // Told by what the node does with its disk otherwise; without the old events there are new ones.
        }
    }

    private async Task WriteAllAsync()
    {
        await foreach (var noted in _toWrite.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                Write(EventCodec.Encode([noted]));
            }
            catch (DiskException)
            {
                // Full or failing: what is in memory is told all the same, and the next one tries again.
                _file?.Dispose();
                _file = null;
            }
        }
    }

    private void Write(byte[] bytes)
    {
        if (_fileCount >= 2 * CountMax)
        {
            Shorten();
            return;
        }

        _file ??= _disk.Open(_path, writable: true) ?? _disk.Create(_path);
        if (_file.SizeBytes > _fileBytes)
        {
            _file.Truncate(_fileBytes);
        }

        _file.Write(_fileBytes, bytes);
        _fileBytes += bytes.Length;
        _fileCount++;
    }

    private void Shorten()
    {
        ClusterEvent[] kept;
        lock (_lock)
        {
            kept = [.. _events];
            // What waits to be written is among them, and must not be appended to them.
            while (_toWrite.Reader.TryRead(out _))
            {
            }
        }

        var bytes = EventCodec.Encode(kept);
        _file?.Dispose();
        _file = null;
        WholeFile.Replace(_disk, _path, bytes);
        (_fileBytes, _fileCount) = (bytes.Length, kept.Length);
    }
}
