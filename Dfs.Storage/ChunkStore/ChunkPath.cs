using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>Where a chunk's file lies: the first pieces of five characters of its id as folders, the whole id as the file's name.</summary>
/// <remarks>
/// Two folders. Hardly any two chunks share the second one, so more would only cost a directory to make and to sync for
/// each further piece; with all twelve, a put waited four times as long for its names.
/// </remarks>
internal static class ChunkPath
{
    public const int PieceChars = 5;
    public const int FolderCount = 2;

    /// <param name="root">The folder that all chunks lie below; comes first in the answer.</param>
    /// <returns>Every folder from the root down to the one with the file.</returns>
    public static string[] FoldersOf(string root, ChunkId id)
    {
        var hex = id.ToString();
        var folders = new string[FolderCount + 1];
        folders[0] = root;
        for (var i = 0; i < FolderCount; i++)
        {
            folders[i + 1] = string.Concat(
                folders[i], "/", hex.AsSpan(i * PieceChars, PieceChars));
        }

        return folders;
    }

    public static string FileOf(string root, ChunkId id)
    {
        var hex = id.ToString();
        var pieces = FolderCount * (PieceChars + 1);
        return string.Create(root.Length + pieces + 1 + hex.Length, (root, hex), static (path, parts) =>
        {
            parts.root.CopyTo(path);
            var at = parts.root.Length;
            for (var i = 0; i < FolderCount; i++)
            {
                path[at++] = '/';
                parts.hex.AsSpan(i * PieceChars, PieceChars).CopyTo(path[at..]);
                at += PieceChars;
            }

            path[at++] = '/';
            parts.hex.CopyTo(path[at..]);
        });
    }
}
