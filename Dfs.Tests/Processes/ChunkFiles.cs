namespace Dfs.Tests.Processes;

/// <summary>The chunks that lie in the data directories of nodes.</summary>
internal static class ChunkFiles
{
    private const int NameLength = 64;

    /// <summary>Paths of the chunk files of one node; what is being written or was moved aside is left out.</summary>
    public static string[] Of(NodeProcess node) =>
        [.. Directory.EnumerateFiles(Path.Combine(node.DataDirectory, "chunks"), "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path).Length == NameLength)];

    public static HashSet<string> NamesOf(NodeProcess node) => [.. Of(node).Select(path => Path.GetFileName(path))];
}
