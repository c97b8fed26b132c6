using System.Buffers;
using Dfs.Core.Crypto;

namespace Dfs.Actors.Transfer;

/// <summary>A chunk of content before it is sealed; whoever holds it gives the memory back.</summary>
public sealed record PlainChunk(IMemoryOwner<byte> Memory);

/// <summary>A chunk after it is sealed: the ciphertext lies in the same memory.</summary>
/// <param name="CipherBytes">At the beginning of the memory.</param>
/// <param name="PlainBytes">Before it was compressed; as many when it was not.</param>
public sealed record SealedContent(IMemoryOwner<byte> Memory, SealedChunk Seal, int CipherBytes, int PlainBytes);

/// <summary>A chunk, or some leaves of it, as fetched and verified, and how it is opened.</summary>
/// <param name="SkipBytes">Bytes of the memory before the wanted range.</param>
/// <param name="TakeBytes">Bytes of the wanted range.</param>
/// <param name="ChunkOffset">Where in its chunk the memory begins.</param>
public sealed record FetchedChunk(IMemoryOwner<byte> Memory, ChunkKey Key, int SkipBytes, int TakeBytes, int ChunkOffset = 0)
{
    /// <summary>What is wanted of the content when the memory holds it compressed, all of it; else null.</summary>
    public CompressedPart? Compressed { get; init; }

    /// <summary>Of the manifest's entry, to be destroyed when all that is wanted of the chunk is written; null while more is.</summary>
    public ChunkKey? EntryKey { get; init; }
}

/// <param name="PlainBytes">Of the whole chunk.</param>
public sealed record CompressedPart(int PlainBytes, int SkipBytes, int TakeBytes);
