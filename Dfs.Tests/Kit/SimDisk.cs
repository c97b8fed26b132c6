using Dfs.Storage.Disk;

namespace Dfs.Tests.Kit;

/// <summary>A disk in memory that keeps only what was synced, fills up, fails on demand and rots.</summary>
/// <remarks>
/// A sync that answered is honoured. <see cref="Crash"/> loses or keeps each other change by itself: every name in a folder,
/// and every 512-byte sector of a file that was written after its last sync. Locks end with a crash.
/// </remarks>
public sealed class SimDisk : IDisk
{
    public const int SectorSizeBytes = 512;

    private readonly Lock _lock = new();
    private readonly SimFolder _root = new();
    private readonly HashSet<string> _locks = [];
    private int _generation;

    /// <summary>What fits: content of files, and 4 KiB for each folder.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue / 4;

    /// <summary>Asked before each call with its name ("write", "sync", …) and path; a fault makes the call fail.</summary>
    public Func<string, string, DiskFault?> Faults { get; set; } = (_, _) => null;

    /// <summary>Bytes that were read from files.</summary>
    public long ReadBytes { get; private set; }

    public int FolderSyncs { get; private set; }

    public long UsedBytes => Locked(() => SizeOf(_root));

    public long FreeBytes(string path) => Locked(() => CapacityBytes - SizeOf(_root));

    public bool CreateFolder(string path) => Locked(() =>
    {
        Fault("mkdir", path);
        var (parent, name) = Place(path);
        return parent.Now.TryAdd(name, new SimFolder());
    });

    public IDiskFile Create(string path) => Locked(() =>
    {
        Fault("create", path);
        var (parent, name) = Place(path);
        var file = new SimFile();
        return parent.Now.TryAdd(name, file)
            ? new OpenFile(this, path, file)
            : throw new DiskException(DiskFault.Io, $"{path} exists");
    });

    public IDiskFile? Open(string path, bool writable) => Locked(() =>
    {
        Fault("open", path);
        return Find(path) is SimFile file ? new OpenFile(this, path, file) : null;
    });

    public void Rename(string path, string newPath) => Locked(() =>
    {
        Fault("rename", newPath);
        var (source, oldName) = Place(path);
        var (target, newName) = Place(newPath);
        target.Now[newName] = source.Now[oldName];
        return source.Now.Remove(oldName);
    });

    public void Delete(string path) => Locked(() =>
    {
        Fault("delete", path);
        return Find(Path.GetDirectoryName(path)!) is SimFolder folder && folder.Now.Remove(Path.GetFileName(path));
    });

    public void DeleteFolder(string path) => Locked(() =>
    {
        Fault("rmdir", path);
        return Find(path) is not SimFolder folder
            || (folder.Now.Count == 0 && Place(path).Parent.Now.Remove(Path.GetFileName(path)))
                ? true
                : throw new DiskException(DiskFault.Io, $"{path} is not empty");
    });

    public IEnumerable<DiskEntry> List(string folder) => Locked(() =>
    {
        Fault("list", folder);
        return Find(folder) is not SimFolder found
            ? []
            : found.Now.Select(entry => entry.Value is SimFile file
                ? new DiskEntry(entry.Key, false, file.Now.Length)
                : new DiskEntry(entry.Key, true, 0)).ToList();
    });

    public void SyncFolders(IReadOnlyCollection<string> folders) => Locked(() =>
    {
        FolderSyncs++;
        foreach (var path in folders)
        {
            Fault("sync", path);
            var folder = (SimFolder)Find(path)!;
            folder.Durable = new(folder.Now);
        }

        return true;
    });

    public IDisposable? TryLock(string path) => Locked(() =>
    {
        var (parent, name) = Place(path);
        parent.Now.TryAdd(name, new SimFile());
        return _locks.Add(path) ? new HeldLock(this, path, _generation) : null;
    });

    /// <summary>The power goes and comes back; files that were open fail from now on.</summary>
    public void Crash(Random random) => Locked(() =>
    {
        _generation++;
        _locks.Clear();
        _root.Crash(random);
        return true;
    });

    /// <summary>Flips one bit of a file at rest.</summary>
    public void Rot(string path, int bit) => Locked(() =>
    {
        var file = (SimFile)Find(path)!;
        file.Now[bit / 8] ^= (byte)(1 << (bit % 8));
        file.Durable = [.. file.Now];
        return true;
    });

    /// <summary>A disk with what this one has now, all of it synced.</summary>
    public SimDisk Copy() => Locked(() =>
    {
        var copy = new SimDisk();
        _root.CopyTo(copy._root);
        return copy;
    });

    public long SizeOfFile(string path) => Locked(() => (Find(path) as SimFile)?.Now.Length ?? 0);

    /// <summary>All files below a folder.</summary>
    public IReadOnlyList<string> FilesBelow(string folder) => Locked(() => Below(folder, Find(folder)).ToList());

    private static IEnumerable<string> Below(string path, SimNode? node) => node switch
    {
        SimFile => [path],
        SimFolder folder => folder.Now.SelectMany(entry => Below($"{path}/{entry.Key}", entry.Value)),
        _ => [],
    };

    private static long SizeOf(SimNode node) => node switch
    {
        SimFile file => file.Now.Length,
        SimFolder folder => 4096 + folder.Now.Values.Sum(SizeOf),
        _ => 0,
    };

    private SimNode? Find(string path)
    {
        SimNode? node = _root;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node as SimFolder)?.Now.GetValueOrDefault(name);
        }

        return node;
    }

    private (SimFolder Parent, string Name) Place(string path) =>
        Find(Path.GetDirectoryName(path)!) is SimFolder parent
            ? (parent, Path.GetFileName(path))
            : throw new DiskException(DiskFault.Io, $"{path}: no such folder");

    private void Fault(string call, string path)
    {
        if (Faults(call, path) is { } fault)
        {
            throw new DiskException(fault, $"{call} {path}: simulated");
        }
    }

    private T Locked<T>(Func<T> call)
    {
        lock (_lock)
        {
            return call();
        }
    }

    private abstract class SimNode;

    private sealed class SimFolder : SimNode
    {
        public Dictionary<string, SimNode> Now { get; private set; } = [];

        public Dictionary<string, SimNode> Durable { get; set; } = [];

        public void CopyTo(SimFolder target)
        {
            foreach (var (name, node) in Now)
            {
                if (node is SimFile file)
                {
                    target.Now[name] = new SimFile { Now = [.. file.Now], Durable = [.. file.Now] };
                }
                else
                {
                    var folder = new SimFolder();
                    ((SimFolder)node).CopyTo(folder);
                    target.Now[name] = folder;
                }
            }

            target.Durable = new(target.Now);
        }

        public void Crash(Random random)
        {
            foreach (var name in Now.Keys.Union(Durable.Keys).Order(StringComparer.Ordinal).ToList())
            {
                var node = Now.GetValueOrDefault(name);
                var keepsChange = node == Durable.GetValueOrDefault(name) || random.Next(2) == 0;
                if (keepsChange && node is not null)
                {
                    Durable[name] = node;
                }
                else if (keepsChange)
                {
                    Durable.Remove(name);
                }
            }

            Now = new(Durable);
            foreach (var (_, node) in Now.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                (node as SimFolder)?.Crash(random);
                (node as SimFile)?.Crash(random);
            }
        }
    }

    private sealed class SimFile : SimNode
    {
        public byte[] Now { get; set; } = [];

        public byte[] Durable { get; set; } = [];

        public void Crash(Random random)
        {
            // The size may be new or old by itself; what was never written reads as zero.
            var torn = new byte[random.Next(2) == 0 ? Now.Length : Durable.Length];
            for (var at = 0; at < torn.Length; at += SectorSizeBytes)
            {
                var source = random.Next(2) == 0 ? Now : Durable;
                var count = Math.Min(SectorSizeBytes, Math.Min(torn.Length, source.Length) - at);
                if (count > 0)
                {
                    source.AsSpan(at, count).CopyTo(torn.AsSpan(at));
                }
            }

            (Now, Durable) = (torn, [.. torn]);
        }
    }

    private sealed class HeldLock(SimDisk disk, string path, int generation) : IDisposable
    {
        public void Dispose() =>
            disk.Locked(() => disk._generation == generation && disk._locks.Remove(path));
    }

    private sealed class OpenFile(SimDisk disk, string path, SimFile file) : IDiskFile
    {
        private readonly int _generation = disk._generation;

        public long SizeBytes => file.Now.Length;

        public int Read(long offset, Span<byte> target)
        {
            lock (disk._lock)
            {
                Check("read");
                var count = (int)Math.Clamp(file.Now.Length - offset, 0, target.Length);
                file.Now.AsSpan((int)Math.Min(offset, file.Now.Length), count).CopyTo(target);
                disk.ReadBytes += count;
                return count;
            }
        }

        public void Write(long offset, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body) => Write(offset, [head, body]);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts) => disk.Locked(() =>
        {
            Check("write");
            var end = (int)offset + parts.Sum(part => part.Length);
            var growthBytes = Math.Max(0, end - file.Now.Length);
            if (growthBytes > disk.CapacityBytes - SizeOf(disk._root))
            {
                throw new DiskException(DiskFault.NoSpace, $"write {path}: simulated, full");
            }

            var bytes = file.Now.Length < end ? [.. file.Now, .. new byte[growthBytes]] : (byte[])[.. file.Now];
            var at = (int)offset;
            foreach (var part in parts)
            {
                part.CopyTo(bytes.AsMemory(at));
                at += part.Length;
            }

            file.Now = bytes;
            return true;
        });

        public void Truncate(long sizeBytes) => disk.Locked(() =>
        {
            Check("truncate");
            file.Now = file.Now[..(int)sizeBytes];
            return true;
        });

        public void Sync() => disk.Locked(() =>
        {
            Check("sync");
            file.Durable = [.. file.Now];
            return true;
        });

        public void Dispose() { }

        private void Check(string call)
        {
            if (_generation != disk._generation)
            {
                throw new DiskException(DiskFault.Io, $"{call} {path}: the disk crashed meanwhile");
            }

            disk.Fault(call, path);
        }
    }
}
