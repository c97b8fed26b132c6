using Dfs.Core.Folders;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>A folder of this machine and a prefix of the store that are to be alike, and which of them is made so.</summary>
/// <param name="Prefix">Empty, or with a '/' at its end.</param>
public sealed record SyncPlaces(string Folder, string Prefix, bool IsToStore)
{
    public const string StoreScheme = "dfs:";

    /// <exception cref="CliException">Not exactly one of them is in the store.</exception>
    public static SyncPlaces Parse(string source, string target)
    {
        var isToStore = target.StartsWith(StoreScheme, StringComparison.Ordinal);
        if (isToStore == source.StartsWith(StoreScheme, StringComparison.Ordinal))
        {
            throw new CliException(ExitCode.Usage, $"One of the two is a prefix of the store, such as {StoreScheme}photos or {StoreScheme} for all of a bucket; the other one is a folder here.");
        }

        var (folder, prefix) = isToStore ? (source, target) : (target, source);
        return new SyncPlaces(folder, FolderPath.PrefixOf(prefix[StoreScheme.Length..]), isToStore);
    }
}

/// <summary>How two places are made alike.</summary>
/// <param name="ByContent">Compare contents, not times.</param>
/// <param name="Delete">Remove what only the target has, after everything else succeeded.</param>
/// <param name="EvenAll">Remove also when the source has no file at all.</param>
public sealed record SyncOptions(bool ByContent, bool Delete, bool EvenAll, bool IsDryRun, int AtOnce);
