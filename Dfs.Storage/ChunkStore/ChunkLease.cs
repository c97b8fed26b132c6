using System.Buffers;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>A chunk in pooled memory; disposing it gives the memory back.</summary>
public sealed class ChunkLease(ChunkId id, IMemoryOwner<byte> memory) : IMemoryOwner<byte>
{
    public ChunkId Id => id;

    /// <summary>As far as the store that it was read from knows, durable.</summary>
    public Epoch Pin { get; init; }

    /// <summary>Known when the chunk came from a peer and was checked on its way.</summary>
    public LeafHashes? Leaves { get; init; }

    /// <exception cref="ObjectDisposedException">The memory belongs to someone else by now.</exception>
    public ReadOnlyMemory<byte> Ciphertext => memory.Memory;

    /// <summary>The same bytes, for a holder that opens the chunk in place.</summary>
    public Memory<byte> Memory => memory.Memory;

    public void Dispose() => memory.Dispose();
}
