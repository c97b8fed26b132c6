using Dfs.Storage.Disk;

namespace Dfs.Node.Hosting;

/// <summary>The memory that a node lends to chunks on their way, in three purses.</summary>
/// <remarks>
/// Apart, so that nodes which send to each other cannot lock each other out: what comes in from peers is stored
/// without waiting for any other purse, and a slow reader holds no memory that an upload needs. Together they bound
/// what a node takes, whatever its clients do.
/// </remarks>
public sealed class NodeMemory
{
    private const long MiB = 1024 * 1024;

    /// <summary>Chunks of uploads, until they are placed.</summary>
    public BufferPool Uploads { get; } = new(64 * MiB);

    /// <summary>Chunks that are read, from this disk or from peers, until they are sent.</summary>
    public BufferPool Reads { get; } = new(56 * MiB);

    /// <summary>Chunks that peers send here, until they are stored.</summary>
    public BufferPool Incoming { get; } = new(48 * MiB);
}
