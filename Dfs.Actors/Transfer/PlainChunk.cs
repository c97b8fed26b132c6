using System.Buffers;
using Dfs.Core.Crypto;

namespace Dfs.Actors.Transfer;

/// <summary>A chunk of content before it is sealed; whoever holds it gives the memory back.</summary>
public sealed record PlainChunk(IMemoryOwner<byte> Memory);

/// <summary>A chunk after it is sealed: the ciphertext lies in the same memory.</summary>
public sealed record SealedContent(IMemoryOwner<byte> Memory, SealedChunk Seal);

/// <summary>A chunk, or some leaves of it, as fetched and verified, and how it is opened.</summary>
/// <param name="SkipBytes">Bytes of the memory before the wanted range.</param>
/// <param name="TakeBytes">Bytes of the wanted range.</param>
/// <param name="ChunkOffset">Where in its chunk the memory begins.</param>
public sealed record FetchedChunk(IMemoryOwner<byte> Memory, ChunkKey Key, int SkipBytes, int TakeBytes, int ChunkOffset = 0);
