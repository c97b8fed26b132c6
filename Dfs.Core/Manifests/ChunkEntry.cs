using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>How a chunk's bytes were written before they were encrypted; the numbers are part of the format.</summary>
public enum ChunkCodec : byte
{
    /// <summary>As they are.</summary>
    None = 0,

    /// <summary>RFC 7932, each chunk by itself.</summary>
    Brotli = 1,
}

/// <summary>One chunk of a file: where it is, what opens it, how long it is.</summary>
/// <param name="PlainBytes">After opening and decoding; at least one.</param>
public sealed record ChunkEntry(ChunkId Id, ChunkKey Key, ChunkCodec Codec, uint PlainBytes, uint CipherBytes)
{
    /// <summary>Id (32), key (32), codec (1), sizes (4 each).</summary>
    internal const int EncodedBytes = 73;

    internal void WriteTo(ByteWriter writer)
    {
        writer.Bytes32(Id.Value);
        writer.Fixed(Key.Span);
        writer.Byte((byte)Codec);
        writer.U32(PlainBytes);
        writer.U32(CipherBytes);
    }

    internal static ChunkEntry? ReadFrom(ref ByteReader reader)
    {
        var id = new ChunkId(reader.Bytes32());
        var key = reader.Fixed(SecretKey.SizeBytes);
        var codec = (ChunkCodec)reader.Byte();
        var plainBytes = reader.U32();
        var cipherBytes = reader.U32();
        reader.Require(codec switch
        {
            ChunkCodec.None => plainBytes == cipherBytes,
            ChunkCodec.Brotli => cipherBytes > 0 && cipherBytes < plainBytes,
            _ => false,
        });
        return reader.Require(plainBytes is > 0 and <= ChunkTree.ChunkBytesMax)
            ? new ChunkEntry(id, new ChunkKey(key), codec, plainBytes, cipherBytes)
            : null;
    }
}
