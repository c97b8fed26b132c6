using System.Collections.Immutable;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Hashes the leaves of one chunk while its bytes arrive in one buffer, in pieces of any size.</summary>
/// <remarks>Sixteen leaves at once where the processor can, so a chunk of 1 MiB costs a third of what one leaf after the other does. One thread at a time.</remarks>
public sealed class LeafHasher
{
    // Sixteen lanes take as long as this many leaves with the processor's SHA instructions, whatever is in them.
    private const int LanesWorthwhile = 6;

    private const int BatchBytes = Sha256Lanes.Lanes * ChunkTree.LeafBytes;

    private readonly ImmutableArray<Bytes32>.Builder _hashes;

    public LeafHasher(int chunkSizeBytes) => _hashes = ImmutableArray.CreateBuilder<Bytes32>(ChunkTree.LeavesOf(chunkSizeBytes));

    private int HashedBytes => _hashes.Count * ChunkTree.LeafBytes;

    /// <param name="arrived">All bytes so far, from the chunk's first one. What was there before must not have changed.</param>
    public void Advance(ReadOnlySpan<byte> arrived)
    {
        while (arrived.Length - HashedBytes >= BatchBytes)
        {
            HashFullLeaves(arrived.Slice(HashedBytes, BatchBytes));
        }
    }

    /// <param name="chunk">All its bytes.</param>
    public LeafHashes Finish(ReadOnlySpan<byte> chunk)
    {
        Advance(chunk);
        var fullBytes = (chunk.Length - HashedBytes) / ChunkTree.LeafBytes * ChunkTree.LeafBytes;
        HashFullLeaves(chunk.Slice(HashedBytes, fullBytes));
        if (_hashes.Count < _hashes.Capacity)
        {
            using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            _hashes.Add(ChunkTree.HashLeaf(hasher, chunk[HashedBytes..]));
        }

        return new LeafHashes(chunk.Length, _hashes.MoveToImmutable());
    }

    private void HashFullLeaves(ReadOnlySpan<byte> leaves)
    {
        var count = leaves.Length / ChunkTree.LeafBytes;
        if (count >= LanesWorthwhile && Sha256Lanes.IsSupported)
        {
            Span<byte> hashes = stackalloc byte[Sha256Lanes.Lanes * Bytes32.SizeBytes];
            Sha256Lanes.HashTagged(ChunkTree.LeafTag, leaves, ChunkTree.LeafBytes, hashes);
            for (var i = 0; i < count; i++)
            {
                _hashes.Add(new Bytes32(hashes.Slice(i * Bytes32.SizeBytes, Bytes32.SizeBytes)));
            }

            return;
        }

        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < count; i++)
        {
            _hashes.Add(ChunkTree.HashLeaf(hasher, ChunkTree.LeafOf(leaves, i)));
        }
    }
}
