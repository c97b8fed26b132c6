using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Ties one leaf to the name of its chunk.</summary>
/// <param name="ChunkSizeBytes">Of the whole chunk; a wrong one does not verify.</param>
/// <param name="Path">The hashes beside the way up, from the leaf's neighbour to the root's child.</param>
public sealed record LeafProof(uint ChunkSizeBytes, int LeafIndex, ImmutableArray<Bytes32> Path)
{
    /// <summary>Size (4), leaf (1), path length (1), path; docs/formats/chunk.md.</summary>
    public byte[] Encode()
    {
        var writer = new ByteWriter();
        writer.U32(ChunkSizeBytes);
        writer.Byte((byte)LeafIndex);
        writer.Byte((byte)Path.Length);
        foreach (var hash in Path)
        {
            writer.Bytes32(hash);
        }

        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LeafProof? proof)
    {
        var reader = new ByteReader(bytes);
        var sizeBytes = reader.U32();
        var leaf = reader.Byte();
        int depth = reader.Byte();
        reader.Require(sizeBytes <= ChunkTree.ChunkBytesMax && depth <= ChunkTree.PathLengthMax);
        var path = ImmutableArray.CreateBuilder<Bytes32>(ChunkTree.PathLengthMax);
        for (var i = 0; i < depth && !reader.HasFailed; i++)
        {
            path.Add(reader.Bytes32());
        }

        proof = reader.IsComplete ? new LeafProof(sizeBytes, leaf, path.ToImmutable()) : null;
        return proof is not null;
    }

    public bool Equals(LeafProof? other) =>
        other is not null && ChunkSizeBytes == other.ChunkSizeBytes && LeafIndex == other.LeafIndex
        && Path.SequenceEqual(other.Path);

    public override int GetHashCode() => HashCode.Combine(ChunkSizeBytes, LeafIndex, Path.Length);
}
