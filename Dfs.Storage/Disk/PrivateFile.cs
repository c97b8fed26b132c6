using System.Security.Cryptography;

namespace Dfs.Storage.Disk;

/// <summary>Small files that nobody but this user may read: mode 0600, and a wider one is refused. On Windows the folder's access list has to do.</summary>
public static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a file durably, atomically, and never over another one.</summary>
    /// <param name="path">Its folder is made.</param>
    /// <returns>False when there is one already; it is left as it is.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    public static bool Create(string path, ReadOnlyMemory<byte> bytes)
    {
        path = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var draft = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}{WholeFile.DraftSuffix}";
        try
        {
            using (var file = HostDisk.Instance.CreatePrivate(draft))
            {
                file.Write(0, bytes);
                file.Sync();
            }

            // Within one folder this links and unlinks, so an existing file stops it, whoever came first.
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        finally
        {
            File.Delete(draft);
        }

        HostDisk.Instance.SyncFolders([folder]);
        return true;
    }

    /// <summary>Writes a file durably; after a crash the old or the new one is there, whole.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Replace(string path, ReadOnlyMemory<byte> bytes) =>
        WholeFile.Replace(HostDisk.Instance, Path.GetFullPath(path), bytes, isPrivate: true);

    /// <exception cref="IOException">It cannot be read, is larger, or others than this user may use it; says what to do.</exception>
    public static byte[] Read(string path, int sizeBytesMax)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        // Of the open file, not of the name: nobody can exchange it between question and use.
        var mode = OperatingSystem.IsWindows() ? OwnerOnly : File.GetUnixFileMode(file);
        if ((mode & ~OwnerOnly) != 0)
        {
            throw new IOException($"Others than you may use {path} (mode {Convert.ToString((int)mode, 8)}). Run: chmod 600 '{path}'. If others could read it before, its key is known: make a new one.");
        }

        var length = RandomAccess.GetLength(file);
        if (length > sizeBytesMax)
        {
            throw new IOException($"{path} has {length} bytes, more than such a file ever has.");
        }

        var bytes = new byte[length];
        var read = RandomAccess.Read(file, bytes, 0);
        return read == length ? bytes : throw new IOException($"{path} changed while it was read.");
    }
}
