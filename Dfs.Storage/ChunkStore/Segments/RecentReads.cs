using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Which chunks were read lately: those are worth the system's cache, and what is read once is not.</summary>
/// <remarks>
/// Admission at the second reference, as in 2Q (Johnson and Shasha, VLDB 1994), with one place for each hash and the newest chunk in
/// it. Says of few chunks that they were read when they were not, and only speed hangs on it. Thread-safe.
/// </remarks>
internal sealed class RecentReads
{
    /// <summary>4,096 chunks: about 4 GiB of those of the usual size.</summary>
    public const int ChunksMax = 4096;

    private readonly uint[] _tags = new uint[ChunksMax];

    /// <summary>Notes that a chunk is read.</summary>
    /// <returns>Whether it was lately.</returns>
    public bool Note(ChunkId id)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.SizeBytes];
        id.Value.CopyTo(bytes);
        var place = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) % ChunksMax;
        // Never zero, which is the empty place.
        var tag = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]) | 1;
        return Interlocked.Exchange(ref _tags[place], tag) == tag;
    }
}
