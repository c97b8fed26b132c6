using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>The hashes of all leaves of a chunk: with them a leaf is proved without reading the others.</summary>
/// <remarks>32 bytes for every 64 KiB. Whoever names a chunk has them anyway, so a store keeps them beside it.</remarks>
public sealed class LeafHashes
{
    /// <summary>64 leaves: 2 KiB.</summary>
    public const int EncodedBytesMax = ChunkTree.LeavesMax * Bytes32.SizeBytes;

    private readonly ImmutableArray<Bytes32> _hashes;

    internal LeafHashes(long chunkSizeBytes, ImmutableArray<Bytes32> hashes)
    {
        Invariant.Holds(
            hashes.Length == ChunkTree.LeavesOf(chunkSizeBytes), $"a hash for each leaf ({hashes.Length}, {chunkSizeBytes} bytes)");
        (ChunkSizeBytes, _hashes) = (chunkSizeBytes, hashes);
    }

    public long ChunkSizeBytes { get; }

    public int Count => _hashes.Length;

    /// <summary>The name of the chunk that has these leaves.</summary>
    public ChunkId Id => ChunkTree.HashRoot(ChunkTree.Fold(_hashes.AsSpan()), ChunkSizeBytes);

    public static LeafHashes Of(ReadOnlySpan<byte> ciphertext) => new LeafHasher(ciphertext.Length).Finish(ciphertext);

    /// <summary>What proves one leaf to whoever knows the chunk's name.</summary>
    public LeafProof Prove(int leafIndex)
    {
        Invariant.Holds(leafIndex >= 0 && leafIndex < Count, $"the leaf is in the chunk ({leafIndex} of {Count})");
        Invariant.Holds(
            ChunkSizeBytes <= ChunkTree.ChunkBytesMax, $"a chunk has at most {ChunkTree.ChunkBytesMax} bytes ({ChunkSizeBytes})");
        var path = new List<Bytes32>();
        var (from, count) = (0, Count);
        while (count > 1)
        {
            var left = ChunkTree.LeftLeaves(count);
            var isLeft = leafIndex - from < left;
            path.Add(isLeft ? FoldOf(from + left, count - left) : FoldOf(from, left));
            (from, count) = isLeft ? (from, left) : (from + left, count - left);
        }

        path.Reverse();
        return new LeafProof((uint)ChunkSizeBytes, leafIndex, [.. path]);
    }

    /// <summary>The hashes, one behind the other.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[Count * Bytes32.SizeBytes];
        for (var i = 0; i < Count; i++)
        {
            _hashes[i].CopyTo(bytes.AsSpan(i * Bytes32.SizeBytes));
        }

        return bytes;
    }

    /// <returns>Null unless there is one for each leaf of a chunk of this size.</returns>
    public static LeafHashes? Decode(ReadOnlySpan<byte> bytes, long chunkSizeBytes)
    {
        if (bytes.Length != ChunkTree.LeavesOf(chunkSizeBytes) * Bytes32.SizeBytes)
        {
            return null;
        }

        var hashes = ImmutableArray.CreateBuilder<Bytes32>(bytes.Length / Bytes32.SizeBytes);
        for (var at = 0; at < bytes.Length; at += Bytes32.SizeBytes)
        {
            hashes.Add(new Bytes32(bytes.Slice(at, Bytes32.SizeBytes)));
        }

        return new LeafHashes(chunkSizeBytes, hashes.MoveToImmutable());
    }

    private Bytes32 FoldOf(int from, int count) => ChunkTree.Fold(_hashes.AsSpan().Slice(from, count));
}
