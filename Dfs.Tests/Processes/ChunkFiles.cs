using Dfs.Tests.Kit;

namespace Dfs.Tests.Processes;

/// <summary>The chunks that lie in the data directories of nodes.</summary>
internal static class ChunkFiles
{
    /// <summary>What one node has on its disk, in either layout; what was moved aside is left out.</summary>
    public static IReadOnlyList<StoredChunk> Of(NodeProcess node) => StoredChunk.Below(Path.Combine(node.DataDirectory, "chunks"));

    /// <summary>Ids of the chunks that are whole.</summary>
    public static HashSet<string> NamesOf(NodeProcess node) =>
        [.. Of(node).Where(chunk => chunk.IsIntact).Select(chunk => chunk.Id.ToString())];
}
