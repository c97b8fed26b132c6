namespace Dfs.Node.Folders;

/// <summary>A file of this machine that is to be stored, or to be compared with what is.</summary>
/// <param name="Name">Where it lies below its folder, separated by '/'.</param>
/// <param name="ModifiedAt">As its file system says.</param>
public sealed record LocalFile(string Name, string Path, long SizeBytes, DateTimeOffset ModifiedAt)
{
    public static LocalFile Of(string name, FileInfo file) => new(name, file.FullName, file.Length, file.LastWriteTimeUtc);

    /// <summary>Whether the file on the disk is still the one that this was made of.</summary>
    public bool IsAsItWas()
    {
        var now = new FileInfo(Path);
        return now.Exists && now.Length == SizeBytes && now.LastWriteTimeUtc == ModifiedAt.UtcDateTime;
    }
}

/// <summary>What was not taken, and why.</summary>
/// <param name="IsFailure">It should have been; else it is of a kind that is never taken.</param>
public sealed record LeftOut(string Name, string Why, bool IsFailure);
