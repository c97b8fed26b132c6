using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Listing;

/// <summary>The indexes of names that a node keeps, one file for each owner whose keyring it has.</summary>
public sealed class NameFolder
{
    private readonly Dictionary<OwnerId, NameFile> _files;

    private NameFolder(Dictionary<OwnerId, NameFile> files) => _files = files;

    /// <summary>Makes the folder, and deletes what is of other owners than these, and drafts; blocks.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public static NameFolder Open(IDisk disk, string path, IReadOnlyCollection<OwnerId> owners)
    {
        disk.CreateFolder(path);
        foreach (var left in disk.List(path).Where(entry => !entry.IsFolder).Select(entry => entry.Name).Except(owners.Select(NameOf)).ToList())
        {
            disk.Delete(Path.Combine(path, left));
        }

        return new NameFolder(owners.ToDictionary(owner => owner, owner => new NameFile(disk, Path.Combine(path, NameOf(owner)))));
    }

    public NameFile Of(OwnerId owner) => _files[owner];

    private static string NameOf(OwnerId owner) => owner.ToString();
}
