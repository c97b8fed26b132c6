using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Kit;

/// <summary>Chunks to store: random bytes under an id that only has to be unlike the others.</summary>
/// <remarks>Stores trust their callers with ids, so these are not roots of trees.</remarks>
public sealed record SampleChunk(ChunkId Id, byte[] Bytes)
{
    public static SampleChunk Of(int number, int sizeBytes)
    {
        var bytes = new byte[sizeBytes];
        new Random(number).NextBytes(bytes);
        return new SampleChunk(new ChunkId(SHA256.HashData(BitConverter.GetBytes(number))), bytes);
    }
}
