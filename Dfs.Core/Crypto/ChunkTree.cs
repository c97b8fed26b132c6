using System.Numerics;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>The SHA-256 tree over 64 KiB leaves that names a chunk.</summary>
/// <remarks>
/// Shape as in RFC 6962, section 2.1: the left subtree has the largest power of two of leaves that is smaller than
/// the whole. Tags keep leaves, nodes and roots apart; the root also binds the length, so that no prefix or
/// extension has the same name. Docs: docs/formats/chunk.md.
/// </remarks>
public static class ChunkTree
{
    /// <summary>64 KiB: what a range read of 16 bytes, or one question of an audit, costs.</summary>
    public const int LeafBytes = 64 * 1024;

    /// <summary>4 MiB of ciphertext; what a peer must hold in memory to check one chunk.</summary>
    public const int ChunkBytesMax = 4 * 1024 * 1024;

    /// <summary>Leaves of the largest chunk.</summary>
    public const int LeavesMax = ChunkBytesMax / LeafBytes;

    /// <summary>Path of a leaf in the largest chunk.</summary>
    public const int PathLengthMax = 6;

    internal const byte LeafTag = 0, NodeTag = 1, RootTag = 2;

    /// <summary>The name of these bytes.</summary>
    public static ChunkId IdOf(ReadOnlySpan<byte> ciphertext) => LeafHashes.Of(ciphertext).Id;

    /// <summary>No bytes have one leaf, which is empty.</summary>
    public static int LeavesOf(long sizeBytes) =>
        sizeBytes == 0 ? 1 : checked((int)((sizeBytes + LeafBytes - 1) / LeafBytes));

    /// <summary>The leaves that a part of a chunk lies in.</summary>
    /// <param name="count">Bytes, at least one.</param>
    public static (int First, int Count) LeavesOf(int offset, int count)
    {
        var first = offset / LeafBytes;
        return (first, (offset + count - 1) / LeafBytes - first + 1);
    }

    /// <summary>Size of some leaves of a chunk together, in bytes.</summary>
    public static int SizeOfLeaves(int chunkSizeBytes, int first, int count) =>
        Math.Min(count * LeafBytes, chunkSizeBytes - (first * LeafBytes));

    /// <summary>The bytes of one leaf.</summary>
    public static ReadOnlySpan<byte> LeafOf(ReadOnlySpan<byte> ciphertext, int leafIndex)
    {
        var at = leafIndex * LeafBytes;
        return ciphertext[at..Math.Min(at + LeafBytes, ciphertext.Length)];
    }

    /// <summary>Whether these bytes are that leaf of that chunk.</summary>
    public static bool Verify(ChunkId id, LeafProof proof, ReadOnlySpan<byte> leaf)
    {
        var leaves = LeavesOf(proof.ChunkSizeBytes);
        if (proof.ChunkSizeBytes > ChunkBytesMax || proof.LeafIndex < 0 || proof.LeafIndex >= leaves
            || leaf.Length != Math.Min(LeafBytes, proof.ChunkSizeBytes - proof.LeafIndex * (long)LeafBytes))
        {
            return false;
        }

        // Which side the path's hash stands on, from the root down; the path itself is from the leaf up.
        Span<bool> isLeft = stackalloc bool[PathLengthMax];
        var depth = 0;
        for (var (index, count) = (proof.LeafIndex, leaves); count > 1; depth++)
        {
            var left = LeftLeaves(count);
            isLeft[depth] = index < left;
            (index, count) = index < left ? (index, left) : (index - left, count - left);
        }

        if (proof.Path.Length != depth)
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[Bytes32.SizeBytes];
        LeafBatch.Hash(LeafTag, leaf, hash);
        var node = new Bytes32(hash);
        foreach (var sibling in proof.Path)
        {
            depth--;
            node = isLeft[depth] ? MerkleHash.Node(NodeTag, node, sibling) : MerkleHash.Node(NodeTag, sibling, node);
        }

        return HashRoot(node, proof.ChunkSizeBytes) == id;
    }

    internal static ChunkId HashRoot(Bytes32 top, long sizeBytes)
    {
        Span<byte> input = stackalloc byte[1 + 8 + Bytes32.SizeBytes];
        input[0] = RootTag;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(input[1..], sizeBytes);
        top.CopyTo(input[9..]);
        return new ChunkId(MerkleHash.Sha256(input));
    }

    internal static int LeftLeaves(int count) => 1 << BitOperations.Log2((uint)(count - 1));

    internal static Bytes32 Fold(ReadOnlySpan<Bytes32> leaves)
    {
        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        var left = LeftLeaves(leaves.Length);
        return MerkleHash.Node(NodeTag, Fold(leaves[..left]), Fold(leaves[left..]));
    }
}
