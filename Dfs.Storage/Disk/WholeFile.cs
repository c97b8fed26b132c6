namespace Dfs.Storage.Disk;

/// <summary>Small files that are replaced as a whole: notes, identities, keyrings.</summary>
public static class WholeFile
{
    /// <summary>Of the file that is written beside the one it replaces.</summary>
    public const string DraftSuffix = ".new";

    /// <summary>
    /// Writes the file anew, durably; blocks. After a crash at any of its steps the path names the old bytes or the new
    /// ones, whole. For one caller per path at a time.
    /// </summary>
    /// <param name="isPrivate">Where files have modes, nobody but this user may ever read or write it.</param>
    /// <exception cref="DiskException">The old bytes are there, or the new ones, of which it is not known whether a crash keeps them.</exception>
    public static void Replace(IDisk disk, string path, ReadOnlyMemory<byte> bytes, bool isPrivate = false)
    {
        var draft = path + DraftSuffix;
        // Of a change that a crash ended.
        disk.Delete(draft);
        try
        {
            using (var file = isPrivate ? disk.CreatePrivate(draft) : disk.Create(draft))
            {
                file.Write(0, bytes);
                file.Sync();
            }

            disk.Rename(draft, path);
        }
        catch
        {
            disk.Delete(draft);
            throw;
        }

        disk.SyncFolders([Path.GetDirectoryName(path)!]);
    }
}
