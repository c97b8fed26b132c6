using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A page below a page: its chunk, its key, and how much of the file is under it.</summary>
public sealed record PageChild(ChunkId Id, ChunkKey Key, uint PageBytes, ulong PlainBytes)
{
    /// <summary>Id (32), key (32), size of the page (4), bytes of the file under it (8).</summary>
    internal const int EncodedBytes = 76;

    internal void WriteTo(ByteWriter writer)
    {
        writer.Bytes32(Id.Value);
        writer.Fixed(Key.Span);
        writer.U32(PageBytes);
        writer.U64(PlainBytes);
    }

    internal static PageChild? ReadFrom(ref ByteReader reader)
    {
        var id = new ChunkId(reader.Bytes32());
        var key = reader.Fixed(SecretKey.SizeBytes);
        var pageBytes = reader.U32();
        var plainBytes = reader.U64();
        return reader.Require(pageBytes is > 0 and <= ChunkTree.ChunkBytesMax && plainBytes is > 0 and <= ManifestPage.FileBytesMax)
            ? new PageChild(id, new ChunkKey(key), pageBytes, plainBytes)
            : null;
    }
}
