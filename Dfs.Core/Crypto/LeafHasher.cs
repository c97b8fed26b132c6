using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Hashes the leaves of one chunk while its bytes arrive in one buffer, in pieces of any size.</summary>
/// <remarks>Sixteen leaves at once (<see cref="LeafBatch"/>), as soon as they are there. One thread at a time.</remarks>
public sealed class LeafHasher
{
    private readonly ImmutableArray<Bytes32>.Builder _hashes;

    public LeafHasher(int chunkSizeBytes) => _hashes = ImmutableArray.CreateBuilder<Bytes32>(ChunkTree.LeavesOf(chunkSizeBytes));

    private int HashedBytes => _hashes.Count * ChunkTree.LeafBytes;

    /// <param name="arrived">All bytes so far, from the chunk's first one. What was there before must not have changed.</param>
    public void Advance(ReadOnlySpan<byte> arrived)
    {
        while (arrived.Length - HashedBytes >= LeafBatch.Bytes)
        {
            Hash(arrived.Slice(HashedBytes, LeafBatch.Bytes));
        }
    }

    /// <param name="chunk">All its bytes.</param>
    public LeafHashes Finish(ReadOnlySpan<byte> chunk)
    {
        Advance(chunk);
        if (_hashes.Count < _hashes.Capacity)
        {
            Hash(chunk[HashedBytes..]);
        }

        return new LeafHashes(chunk.Length, _hashes.MoveToImmutable());
    }

    private void Hash(ReadOnlySpan<byte> leaves)
    {
        Span<byte> hashes = stackalloc byte[Sha256Lanes.Lanes * Bytes32.SizeBytes];
        hashes = hashes[..(ChunkTree.LeavesOf(leaves.Length) * Bytes32.SizeBytes)];
        LeafBatch.Hash(ChunkTree.LeafTag, leaves, hashes);
        for (; !hashes.IsEmpty; hashes = hashes[Bytes32.SizeBytes..])
        {
            _hashes.Add(new Bytes32(hashes[..Bytes32.SizeBytes]));
        }
    }
}
