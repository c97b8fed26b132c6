using Dfs.Core.Folders;
using Dfs.Core.Listing;

namespace Dfs.Node.Folders;

/// <summary>The files below a folder, in the order of the store's listings.</summary>
/// <remarks>
/// Symbolic links are never followed, so that no file is stored twice and no loop entered; they, pipes, sockets, devices and what an
/// unfinished download left are left out, and said. Some 300 bytes of memory for each file.
/// </remarks>
public sealed class FolderScan
{
    /// <summary>How a download's file ends until it is whole.</summary>
    public const string PartialSuffix = ".dfs-partial";

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly List<LocalFile> _files = [];
    private readonly List<LeftOut> _leftOut = [];

    private FolderScan() { }

    public IReadOnlyList<LocalFile> Files => _files;

    public IReadOnlyList<LeftOut> LeftOut => _leftOut;

    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static FolderScan Of(string folder)
    {
        var scan = new FolderScan();
        var root = new DirectoryInfo(folder);
        if (!root.Exists)
        {
            throw new DirectoryNotFoundException($"{folder} is no folder.");
        }

        scan.Walk(root, "");
        scan._files.Sort((x, y) => NameOrder.Instance.Compare(x.Name, y.Name));
        return scan;
    }

    /// <summary>The files that a pattern means here; each is named by what stands behind the pattern's literal folder.</summary>
    public static FolderScan Of(GlobPattern pattern)
    {
        var folder = pattern.LiteralFolder;
        var whole = Of(folder.Length == 0 ? "." : folder);
        var scan = new FolderScan();
        scan._files.AddRange(whole.Files.Where(file => pattern.Matches(folder + file.Name)));
        scan._leftOut.AddRange(whole.LeftOut.Where(left => pattern.Matches(folder + left.Name)));
        return scan;
    }

    private void Walk(DirectoryInfo folder, string prefix)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = folder.GetFileSystemInfos("*", Everything);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _leftOut.Add(new LeftOut(prefix, error.Message, IsFailure: true));
            return;
        }

        foreach (var entry in entries)
        {
            var name = prefix + entry.Name;
            if (entry.LinkTarget is not null)
            {
                _leftOut.Add(new LeftOut(name, "it is a symbolic link", IsFailure: false));
            }
            else if (entry is DirectoryInfo below)
            {
                Walk(below, name + "/");
            }
            else
            {
                Take(name, (FileInfo)entry);
            }
        }
    }

    private void Take(string name, FileInfo file)
    {
        if (name.EndsWith(PartialSuffix, StringComparison.Ordinal))
        {
            _leftOut.Add(new LeftOut(name, "it is an unfinished download", IsFailure: false));
        }
        else if (!FileKind.IsRegular(file.FullName))
        {
            _leftOut.Add(new LeftOut(name, "it is a pipe, a socket or a device", IsFailure: false));
        }
        else if (file.Exists)
        {
            _files.Add(LocalFile.Of(name, file));
        }
    }
}
