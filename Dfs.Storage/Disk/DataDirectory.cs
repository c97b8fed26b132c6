using Dfs.Core.Primitives;

namespace Dfs.Storage.Disk;

/// <summary>A node's data directory, locked and identified: what must be true before anything in it is served.</summary>
/// <remarks>
/// It has a random replica id for as long as it keeps its promises, and a start counter that is durable, one higher, before
/// <see cref="Open"/> answers. Whoever finds an old copy of the directory starts below the counter that its peers have seen,
/// and is refused by them. The lock ends with the process. Bytes: docs/formats/data-directory.md.
/// </remarks>
public sealed class DataDirectory : IDisposable
{
    private const string LockName = "lock";
    private const string HolderName = "holder";
    private const string IdentityName = "identity";
    private const string FreshIdentityName = IdentityName + WholeFile.DraftSuffix;
    private const string UnservedName = "unserved";
    private const int HolderBytesMax = 256;

    // What a first start that was cut short may have left behind.
    // The last is what mkfs.ext4 puts into every new file system.
    private static readonly string[] ScaffoldNames = [LockName, HolderName, FreshIdentityName, UnservedName, "lost+found"];

    private readonly IDisk _disk;
    private readonly IDisposable _lock;

    private DataDirectory(IDisk disk, string path, DataIdentity identity, IDisposable held) =>
        (_disk, Path, Identity, _lock) = (disk, path, identity, held);

    public string Path { get; }

    public DataIdentity Identity { get; }

    /// <summary>Where the chunk store lives.</summary>
    public string ChunksPath => System.IO.Path.Combine(Path, "chunks");

    /// <summary>Where the catalog's database lives.</summary>
    public string CatalogPath => System.IO.Path.Combine(Path, "catalog");

    /// <summary>Locks the directory, makes its identity when it is new, and counts this start.</summary>
    /// <param name="path">Made when it is not there; its parent is there.</param>
    /// <param name="holder">This process, for the message that a second one shows: "1234 dfs node n1".</param>
    /// <param name="drawId">Draws a random id, for a directory that is new.</param>
    public static DataDirectoryOutcome Open(IDisk disk, string path, string holder, Func<ReplicaId> drawId)
        => Lock(disk, path, holder, held => OpenLocked(disk, path, held, drawId));

    /// <summary>Locks the directory of a node that does not run; no start is counted, and nothing is made.</summary>
    /// <param name="path">Is there.</param>
    /// <param name="holder">As in <see cref="Open"/>.</param>
    public static DataDirectoryOutcome OpenStopped(IDisk disk, string path, string holder) =>
        Exists(disk, path, IdentityName)
            ? Lock(disk, path, holder, held => OpenStoppedLocked(disk, path, held))
            : new DataDirectoryOutcome.NotADataDirectory(path, disk.List(path).Select(entry => entry.Name).Order().FirstOrDefault() ?? "nothing");

    private static DataDirectoryOutcome Lock(IDisk disk, string path, string holder, Func<IDisposable, DataDirectoryOutcome> open)
    {
        IDisposable? held = null;
        try
        {
            disk.CreateFolder(path);
            held = disk.TryLock(At(path, LockName));
            if (held is null)
            {
                return new DataDirectoryOutcome.InUse(path, ReadHolder(disk, path));
            }

            WriteHolder(disk, path, holder);
            var outcome = open(held);
            held = outcome is DataDirectoryOutcome.Opened ? null : held;
            return outcome;
        }
        catch (DiskException failure)
        {
            return new DataDirectoryOutcome.Failed(path, failure.Message);
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>Whether a start would be refused now, for those who prepare one; nothing is made.</summary>
    /// <returns>Null when <see cref="Open"/> would go on.</returns>
    public static DataDirectoryOutcome? RefusalOf(IDisk disk, string path)
    {
        try
        {
            var (known, refusal) = Look(disk, path);
            if (known is null)
            {
                return refusal;
            }

            using var held = disk.TryLock(At(path, LockName));
            return held is null ? new DataDirectoryOutcome.InUse(path, ReadHolder(disk, path)) : null;
        }
        catch (DiskException failure)
        {
            return new DataDirectoryOutcome.Failed(path, failure.Message);
        }
    }

    /// <summary>Says durably that from now on promises are made here: what is missing at the next start was lost.</summary>
    /// <remarks>For when everything is there that promises are kept in, and before the first one. Harmless again.</remarks>
    /// <exception cref="DiskException">It is not durable: nothing may be served.</exception>
    public void BeginServing()
    {
        if (Exists(_disk, Path, UnservedName))
        {
            _disk.Delete(At(Path, UnservedName));
            _disk.SyncFolders([Path]);
        }
    }

    /// <summary>False once the directory is gone (removed, moved, its disk unmounted) or another start has taken its place.</summary>
    /// <remarks>
    /// Files that are open go on working then, and syncs succeed: whatever is promised is lost with this process.
    /// A disk that cannot be read at this moment is no such answer.
    /// </remarks>
    public bool IsInPlace()
    {
        try
        {
            return ReadIdentity(_disk, Path).Identity == Identity;
        }
        catch (DiskException)
        {
            return true;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static DataDirectoryOutcome OpenStoppedLocked(IDisk disk, string path, IDisposable held)
    {
        var (known, refusal) = ReadIdentity(disk, path);
        return refusal
            ?? new DataDirectoryOutcome.Opened(new DataDirectory(disk, path, known!, held), Exists(disk, path, UnservedName));
    }

    private static DataDirectoryOutcome OpenLocked(
        IDisk disk, string path, IDisposable held, Func<ReplicaId> drawId)
    {
        var (known, refusal) = Look(disk, path);
        if (refusal is not null)
        {
            return refusal;
        }

        if (known is null)
        {
            // Before the identity: whoever finds one without this knows that it may have made promises.
            WriteUnserved(disk, path);
        }

        var identity = known is null ? new DataIdentity(drawId(), 1) : known with { StartCounter = known.StartCounter + 1 };
        WholeFile.Replace(disk, At(path, IdentityName), identity.Encode());
        // Each time: an earlier start may have ended between making the folder and this.
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) is { } parent)
        {
            disk.SyncFolders([parent]);
        }

        return new DataDirectoryOutcome.Opened(new DataDirectory(disk, path, identity, held), Exists(disk, path, UnservedName));
    }

    private static void WriteUnserved(IDisk disk, string path)
    {
        disk.Delete(At(path, UnservedName));
        using (var file = disk.Create(At(path, UnservedName)))
        {
            file.Sync();
        }

        disk.SyncFolders([path]);
    }

    private static bool Exists(IDisk disk, string path, string name)
    {
        using var file = disk.Open(At(path, name), writable: false);
        return file is not null;
    }

    private static (DataIdentity? Identity, DataDirectoryOutcome? Refusal) Look(IDisk disk, string path)
    {
        var (known, refusal) = ReadIdentity(disk, path);
        var foreign = disk.List(path).Select(entry => entry.Name).Except(ScaffoldNames).Order().FirstOrDefault();
        return known is null && refusal is null && foreign is not null
            ? (null, new DataDirectoryOutcome.NotADataDirectory(path, foreign))
            : (known, refusal);
    }

    private static (DataIdentity? Identity, DataDirectoryOutcome? Refusal) ReadIdentity(IDisk disk, string path)
    {
        using var file = disk.Open(At(path, IdentityName), writable: false);
        if (file is null)
        {
            return (null, null);
        }

        var bytes = new byte[DataIdentity.SizeBytes + 1];
        return DataIdentity.Decode(bytes.AsSpan(0, file.Read(0, bytes))) switch
        {
            { Identity: { } identity } => (identity, null),
            { Version: { } version } => (null, new DataDirectoryOutcome.OtherVersion(path, version)),
            _ => (null, new DataDirectoryOutcome.Damaged(path)),
        };
    }

    // A file beside the lock, because a locked file cannot be read on Windows. It informs, the lock decides.
    private static void WriteHolder(IDisk disk, string path, string holder)
    {
        disk.Delete(At(path, HolderName));
        using var file = disk.Create(At(path, HolderName));
        var bytes = System.Text.Encoding.UTF8.GetBytes(holder);
        file.Write(0, bytes.AsMemory(0, Math.Min(bytes.Length, HolderBytesMax)));
    }

    private static string? ReadHolder(IDisk disk, string path)
    {
        using var file = disk.Open(At(path, HolderName), writable: false);
        var bytes = new byte[HolderBytesMax];
        return file is null ? null : System.Text.Encoding.UTF8.GetString(bytes, 0, file.Read(0, bytes));
    }

    private static string At(string path, string name) => System.IO.Path.Combine(path, name);
}
