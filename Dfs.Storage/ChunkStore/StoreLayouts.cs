using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <summary>How chunks lie on the disk.</summary>
public enum StoreLayout
{
    /// <summary>Appended to segments: the default.</summary>
    Segments,

    /// <summary>One file for each chunk, to be looked at with ordinary tools.</summary>
    Folders,
}

/// <summary>The layouts by name, and which one a store's folder holds.</summary>
public static class StoreLayouts
{
    internal const string SegmentsFolder = "segments";
    internal const string FoldersFolder = "by-id";

    /// <summary>As settings, commands and messages call it.</summary>
    public static string NameOf(StoreLayout layout) => layout == StoreLayout.Segments ? "segments" : "folders";

    /// <summary>Null for every other name.</summary>
    public static StoreLayout? Parse(string name) => name switch
    {
        "segments" => StoreLayout.Segments,
        "folders" => StoreLayout.Folders,
        _ => null,
    };

    /// <summary>The layouts that have something below <paramref name="root"/>: one, none when it is new, both in a conversion.</summary>
    /// <exception cref="DiskException">The folder cannot be read.</exception>
    public static IReadOnlyList<StoreLayout> FoundIn(IDisk disk, string root)
    {
        var found = new List<StoreLayout>();
        if (disk.List($"{root}/{SegmentsFolder}").Any())
        {
            found.Add(StoreLayout.Segments);
        }

        if (disk.List($"{root}/{FoldersFolder}").Any())
        {
            found.Add(StoreLayout.Folders);
        }

        return found;
    }
}
