namespace Dfs.Storage.Disk;

/// <summary>The host's file system.</summary>
/// <remarks>
/// On Linux content is synced by fdatasync and names by fsync of the folder. Elsewhere on Unix fsync serves for both;
/// Windows journals names itself and has no call to sync a folder.
/// </remarks>
public sealed class HostDisk : IDisk
{
    public static readonly HostDisk Instance = new();

    // One syncfs costs what is dirty on the whole file system, also of others: worth it only when it stands for many.
    public const int FolderSyncsBeforeWholeMax = 16;

    private HostDisk() { }

    public long FreeBytes(string path) => Guarded(path, static path => new DriveInfo(path).AvailableFreeSpace);

    public bool CreateFolder(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            return Posix.CreateFolder(path);
        }

        return Guarded(path, static path => !Directory.Exists(path) && Directory.CreateDirectory(path).Exists);
    }

    public IDiskFile Create(string path) => Guarded(path, static path =>
        new HostFile(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, HostFile.Shared)));

    public IDiskFile CreatePrivate(string path) => Guarded(path, path =>
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(path, options).Dispose();
        return Open(path, writable: true)!;
    });

    public IDiskFile? Open(string path, bool writable)
    {
        try
        {
            var access = writable ? FileAccess.ReadWrite : FileAccess.Read;
            return new HostFile(path, File.OpenHandle(path, FileMode.Open, access, HostFile.Shared));
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DiskException.Of(failure, path);
        }
    }

    public void Rename(string path, string newPath)
    {
        if (OperatingSystem.IsWindows())
        {
            Guarded(path, path => { File.Move(path, newPath, overwrite: true); return true; });
        }
        else
        {
            // File.Move would copy where the call fails across file systems, and a copy is not durable.
            Posix.Rename(path, newPath);
        }
    }

    public void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // As harmless as an absent file.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DiskException.Of(failure, path);
        }
    }

    public void DeleteFolder(string path) => Guarded(path, static path =>
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path);
        }

        return true;
    });

    public IEnumerable<DiskEntry> List(string folder) => Guarded(folder, static folder =>
    {
        var info = new DirectoryInfo(folder);
        return !info.Exists
            ? []
            : info.EnumerateFileSystemInfos()
                .Select(entry => entry is FileInfo file
                    ? new DiskEntry(file.Name, false, file.Length)
                    : new DiskEntry(entry.Name, true, 0))
                .ToList();
    });

    public void SyncFolders(IReadOnlyCollection<string> folders)
    {
        if (OperatingSystem.IsWindows() || folders.Count == 0)
        {
            return;
        }

        if (folders.Count > FolderSyncsBeforeWholeMax && Posix.CanSyncWhole)
        {
            Posix.SyncWhole(folders.First());
            return;
        }

        foreach (var folder in folders)
        {
            Posix.SyncFolder(folder);
        }
    }

    public IDisposable? TryLock(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DiskException.Of(failure, path);
        }
    }

    private static T Guarded<T>(string path, Func<string, T> call)
    {
        try
        {
            return call(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DiskException.Of(failure, path);
        }
    }
}
