using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <param name="Root">The store's own folder; its parent is there.</param>
/// <param name="Buffers">Where chunks are read into.</param>
public sealed record FolderChunkStoreOptions(IDisk Disk, string Root, BufferPool Buffers)
{
    /// <summary>512 MiB stay free: the catalog, the logs and the person who cleans up need room to work.</summary>
    public long ReserveBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>Sixteen: what syncs side by side on one journal; more only wait for each other.</summary>
    public int WriterThreads { get; init; } = 16;

    public int ReaderThreads { get; init; } = 8;

    /// <summary>Puts that wait for a writer; further ones wait before they queue.</summary>
    public int WaitingPutsMax { get; init; } = 256;

    /// <summary>Told of each chunk that turned out damaged or could not be read, on a thread of the store: must return at once.</summary>
    public Action<ChunkDamage> OnDamage { get; init; } = static _ => { };
}
