namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>What a store knows of one segment. One thread changes it; the numbers may be looked at by any.</summary>
internal sealed class Segment(ulong number, int slot, string path)
{
    private long _sizeBytes;
    private long _liveBytes;
    private long _keptBytes;

    public ulong Number => number;

    /// <summary>What index entries call it by; another segment may have it later.</summary>
    public int Slot => slot;

    public string Path => path;

    /// <summary>All of it is synced: the log changes this after the sync.</summary>
    public long SizeBytes
    {
        get => Interlocked.Read(ref _sizeBytes);
        set => Interlocked.Exchange(ref _sizeBytes, value);
    }

    /// <summary>Records that the index points to.</summary>
    public long LiveBytes
    {
        get => Interlocked.Read(ref _liveBytes);
        set => Interlocked.Exchange(ref _liveBytes, value);
    }

    /// <summary>Pins and deletions that were still needed when it was last looked through.</summary>
    public long KeptBytes
    {
        get => Interlocked.Read(ref _keptBytes);
        set => Interlocked.Exchange(ref _keptBytes, value);
    }

    /// <summary>Whether more than that share of it is needed by nobody.</summary>
    public bool Wastes(int percent) => 100 * (SizeBytes - LiveBytes - KeptBytes) > percent * SizeBytes;
}
