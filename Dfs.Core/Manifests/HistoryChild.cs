using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A page of a history as what is above it knows it.</summary>
/// <param name="Id">The chunk that holds the sealed page.</param>
/// <param name="References">The chunk that holds its clear references.</param>
/// <param name="Versions">In and under it.</param>
public sealed record HistoryChild(ChunkId Id, ChunkId References, ChunkKey Key, uint PageBytes, uint Versions)
{
    /// <summary>Ids (32 each), key (32), size of the page (4), number of versions (4).</summary>
    internal const int EncodedBytes = 104;

    internal void WriteTo(ByteWriter writer)
    {
        writer.Bytes32(Id.Value);
        writer.Bytes32(References.Value);
        writer.Fixed(Key.Span);
        writer.U32(PageBytes);
        writer.U32(Versions);
    }

    internal static HistoryChild ReadFrom(ref ByteReader reader)
    {
        var (id, references) = (new ChunkId(reader.Bytes32()), new ChunkId(reader.Bytes32()));
        var key = reader.Fixed(SecretKey.SizeBytes);
        var (pageBytes, versions) = (reader.U32(), reader.U32());
        reader.Require(pageBytes is > 0 and <= ChunkTree.ChunkBytesMax && versions > 0);
        return new HistoryChild(
            id, references, new ChunkKey(key.IsEmpty ? stackalloc byte[SecretKey.SizeBytes] : key), pageBytes, versions);
    }
}
