using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>A chunk to be stored, as <see cref="IChunkStore.PutAsync(ChunkId, ReadOnlyMemory{byte}, LeafHashes?, Epoch, CancellationToken)"/> takes it.</summary>
public readonly record struct ChunkPut(ChunkId Id, ReadOnlyMemory<byte> Ciphertext, LeafHashes? Leaves, Epoch Pin);
