using System.Security.Cryptography;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <param name="Root">The store's own folder; its parent is there.</param>
/// <param name="Buffers">Where chunks are read into.</param>
public sealed record SegmentChunkStoreOptions(IDisk Disk, string Root, BufferPool Buffers)
{
    /// <summary>512 MiB stay free: the catalog, the logs and the person who cleans up need room to work.</summary>
    public long ReserveBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>256 MiB: few files, and what a compaction needs at once is small. Also the most that a place can express.</summary>
    public long SegmentSizeBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>16 MiB in one sync at most: later ones wait for it.</summary>
    public long BatchBytesMax { get; init; } = 16L * 1024 * 1024;

    /// <summary>2 MiB: heads and small chunks of one batch, copied side by side.</summary>
    public int StagingBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Puts and pins that wait for the writer; further ones wait before they queue.</summary>
    public int WaitingPutsMax { get; init; } = 1024;

    public int ReaderThreads { get; init; } = 8;

    /// <summary>Segments that are open for reading at once.</summary>
    public int OpenSegmentsMax { get; init; } = 256;

    /// <summary>A new checkpoint after so many written bytes, and not before eight times its own size.</summary>
    public long CheckpointEveryBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>32 MiB a second are read to compact, so that the disk stays with the callers.</summary>
    public long CompactionBytesPerSecond { get; init; } = 32L * 1024 * 1024;

    /// <summary>One idle second, then it is written down that everything is synced: later damage is not taken for a torn tail.</summary>
    public TimeSpan MarkAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told of each chunk that turned out damaged or could not be read, on a thread of the store: must return at once.</summary>
    public Action<ChunkDamage> OnDamage { get; init; } = static _ => { };

    /// <summary>Draws the tag of a new store; see <see cref="SegmentHeader"/>.</summary>
    public Func<ulong> DrawTag { get; init; } = static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    internal string SegmentsPath => $"{Root}/{StoreLayouts.SegmentsFolder}";
}
