using System.Buffers;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>Some leaves of a chunk in pooled memory, and what proves them; disposing it gives the memory back.</summary>
/// <param name="first">Index of the first leaf.</param>
/// <param name="bytes">A part of the memory.</param>
public sealed class LeafLease(LeafHashes hashes, int first, IMemoryOwner<byte> memory, Memory<byte> bytes) : IMemoryOwner<byte>
{
    public LeafHashes Hashes => hashes;

    public int First => first;

    /// <summary>The leaves, one behind the other. The store has not looked whether they are what the hashes say.</summary>
    public Memory<byte> Memory => bytes;

    /// <summary>Whether these are leaves of that chunk.</summary>
    public bool IsOf(ChunkId id)
    {
        ReadOnlyMemory<byte> rest = bytes;
        for (var leaf = first; !rest.IsEmpty; leaf++)
        {
            var size = Math.Min(rest.Length, ChunkTree.LeafBytes);
            if (!ChunkTree.Verify(id, hashes.Prove(leaf), rest.Span[..size]))
            {
                return false;
            }

            rest = rest[size..];
        }

        return true;
    }

    public void Dispose() => memory.Dispose();
}
