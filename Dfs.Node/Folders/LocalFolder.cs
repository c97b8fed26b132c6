using System.Collections.Concurrent;
using Dfs.Core.Folders;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>A folder of this machine that files of the store are written below, and never beside.</summary>
/// <param name="root">May be a link itself: the user named it. Nothing below is written through one.</param>
public sealed class LocalFolder(string root)
{
    // Names that differ only in case are one file there.
    private static readonly bool IgnoresCase = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    private readonly ConcurrentDictionary<string, string> _taken = new(StringComparer.OrdinalIgnoreCase);

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Makes the folders in which a file will lie.</summary>
    /// <param name="name">Separated by '/'.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="CliException">It cannot lie here, or a link is in its way.</exception>
    public string Prepare(string name)
    {
        if (FolderPath.Refusal(name, OperatingSystem.IsWindows()) is { } refusal)
        {
            throw new CliException(ExitCode.Usage, refusal);
        }

        if (IgnoresCase && _taken.GetOrAdd(name, name) != name)
        {
            throw new CliException(ExitCode.Usage, $"Another name differs from it only in case, which this system does not tell apart: {_taken[name]}");
        }

        var path = Path.Combine([Root, .. name.Split('/')]);
        try
        {
            RefuseLinks(name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, $"Cannot make the folder of {path}: {error.Message}");
        }

        return Directory.Exists(path)
            ? throw new CliException(ExitCode.Usage, $"{path} is a folder here; a file cannot take its place.")
            : path;
    }

    /// <summary>Removes a file, and the folders that are empty without it.</summary>
    /// <exception cref="CliException">A link is in its way, or it may not be removed.</exception>
    public void Remove(string name)
    {
        try
        {
            RefuseLinks(name);
            var path = Path.Combine([Root, .. name.Split('/')]);
            File.Delete(path);
            for (var folder = Path.GetDirectoryName(path)!; folder.Length > Root.Length && !Directory.EnumerateFileSystemEntries(folder).Any();)
            {
                Directory.Delete(folder);
                folder = Path.GetDirectoryName(folder)!;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failed, $"Cannot remove it: {error.Message}");
        }
    }

    // The folders of a name, outermost first. A file that is a link itself is replaced by the download's rename, not followed.
    private void RefuseLinks(string name)
    {
        var folder = Root;
        foreach (var part in name.Split('/')[..^1])
        {
            folder = Path.Combine(folder, part);
            if (new DirectoryInfo(folder).LinkTarget is not null)
            {
                throw new CliException(ExitCode.Usage, $"{folder} is a symbolic link; nothing is written or removed through it.");
            }
        }
    }
}
