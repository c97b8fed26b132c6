namespace Dfs.Storage.Disk;

/// <summary>What the stores need of a file system, and no more: the host's, or a simulated one that loses and fails.</summary>
/// <remarks>
/// Every call blocks, so it belongs on a thread that is there for it. Failures are <see cref="DiskException"/>. Nothing is
/// durable before a sync of the file and a sync of the folder that names it.
/// </remarks>
public interface IDisk
{
    /// <summary>Bytes that a caller without privileges may still write on the file system of <paramref name="path"/>.</summary>
    long FreeBytes(string path);

    /// <summary>Makes one folder; its parent is there. False when it was there already.</summary>
    bool CreateFolder(string path);

    /// <summary>A new, empty file for writing.</summary>
    /// <exception cref="DiskException">Also when there is one of that name.</exception>
    IDiskFile Create(string path);

    /// <summary>As <see cref="Create"/>; where files have modes, nobody but this user may ever read or write it.</summary>
    IDiskFile CreatePrivate(string path) => Create(path);

    /// <summary>An existing file, or null.</summary>
    IDiskFile? Open(string path, bool writable);

    /// <summary>Names the file anew within the same file system, atomically; replaces what had the name.</summary>
    void Rename(string path, string newPath);

    /// <summary>Harmless when there is no such file.</summary>
    void Delete(string path);

    /// <summary>Removes an empty folder; harmless when there is none.</summary>
    void DeleteFolder(string path);

    /// <summary>What a folder holds, in no order; empty when there is no such folder.</summary>
    IEnumerable<DiskEntry> List(string folder);

    /// <summary>Makes the names in these folders durable. A failure is <see cref="DiskFault.Io"/>, whatever its cause.</summary>
    void SyncFolders(IReadOnlyCollection<string> folders);

    /// <summary>Takes a lock that ends with the process, or null when another holder has it.</summary>
    IDisposable? TryLock(string path);
}

/// <summary>An open file of an <see cref="IDisk"/>.</summary>
public interface IDiskFile : IDisposable
{
    long SizeBytes { get; }

    /// <summary>Fills <paramref name="target"/> as far as the file goes.</summary>
    /// <returns>Bytes read: fewer only at the end of the file.</returns>
    int Read(long offset, Span<byte> target);

    /// <summary>Fills the two one behind the other as far as the file goes.</summary>
    /// <returns>Bytes read: fewer only at the end of the file.</returns>
    int Read(long offset, Span<byte> head, Span<byte> body)
    {
        var count = Read(offset, head);
        return count < head.Length ? count : count + Read(offset + count, body);
    }

    /// <summary>As <see cref="Read(long, Span{byte}, Span{byte})"/>, of what will hardly be read again soon: much at once goes round the system's cache.</summary>
    int ReadOnce(long offset, Span<byte> head, Span<byte> body) => Read(offset, head, body);

    void Write(long offset, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body = default);

    /// <summary>Writes the parts one behind the other, with as few calls as the system allows; much at once goes round its cache. For one thread.</summary>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts);

    /// <summary>Cuts the file to a size below its own; durable after the next <see cref="Sync"/>.</summary>
    void Truncate(long sizeBytes);

    /// <summary>Makes content and size durable. A failure is <see cref="DiskFault.Io"/>, whatever its cause.</summary>
    void Sync();
}

/// <param name="SizeBytes">Zero for a folder.</param>
public readonly record struct DiskEntry(string Name, bool IsFolder, long SizeBytes);
