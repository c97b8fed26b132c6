using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Copies of damaged records, kept to look at; the record itself goes with its segment.</summary>
internal sealed class QuarantineFolder
{
    /// <summary>Further ones are not copied.</summary>
    public const int FilesMax = 1024;

    /// <summary>A damaged range is copied so far.</summary>
    public const int RangeBytesMax = 4 * 1024 * 1024;

    private readonly IDisk _disk;
    private readonly string _path;
    private long _files;

    /// <exception cref="DiskException">The folder cannot be made or read.</exception>
    public QuarantineFolder(IDisk disk, string root)
    {
        (_disk, _path) = (disk, $"{root}/quarantine");
        disk.CreateFolder(_path);
        _files = disk.List(_path).Count();
    }

    public long Files => Interlocked.Read(ref _files);

    /// <summary>A record as it lies there: <c>ID.N</c>, as the folder store names them.</summary>
    public void KeepRecord(ChunkId id, IDiskFile segment, long from, long sizeBytes)
    {
        var number = Interlocked.Increment(ref _files);
        if (number > FilesMax || !TryCopy($"{_path}/{id}.{number}", segment, from, from + sizeBytes))
        {
            Interlocked.Decrement(ref _files);
        }
    }

    /// <summary>Bytes of a segment that are no record: <c>segment-N-OFFSET</c>, once.</summary>
    public void KeepRange(IDiskFile segment, ulong number, long from, long to)
    {
        var name = $"segment-{number}-{from}";
        var isNews = _disk.List(_path).All(entry => entry.Name != name);
        if (isNews && Files < FilesMax && TryCopy($"{_path}/{name}", segment, from, to))
        {
            Interlocked.Increment(ref _files);
        }
    }

    /// <summary>A whole segment in which nothing can be read.</summary>
    /// <exception cref="DiskException">It cannot be moved.</exception>
    public void KeepFile(string path, ulong number)
    {
        _disk.Rename(path, $"{_path}/segment-{number}");
        _files = _disk.List(_path).Count();
    }

    // A copy is for people only: a disk that has no room for it, or cannot read, does not change what the store does.
    private bool TryCopy(string path, IDiskFile segment, long from, long to)
    {
        try
        {
            var bytes = new byte[Math.Min(to - from, RangeBytesMax + SegmentRecord.HeadSizeBytesMax)];
            var count = segment.Read(from, bytes);
            using var file = _disk.Create(path);
            file.Write(0, bytes.AsMemory(0, count));
            file.Sync();
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }
}
