using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>How often chunks were read lately: what is read often is worth the system's cache, and what is read once or twice is not.</summary>
/// <remarks>
/// A place for each hash and the newest chunk in it, as 2Q (Johnson and Shasha, VLDB 1994) remembers what it has seen once. It is the third
/// read that goes through the cache, because filling it costs about what two reads from it save: docs/performance.md. Takes a few chunks
/// for others, and only speed hangs on it. Thread-safe.
/// </remarks>
internal sealed class RecentReads
{
    /// <summary>4,096 chunks: about 4 GiB of those of the usual size.</summary>
    public const int ChunksMax = 4096;

    /// <summary>From so many reads on a chunk is read often.</summary>
    public const int OftenMin = 3;

    // Thirty bits of the chunk's name, then how often it was read, up to three.
    private readonly uint[] _places = new uint[ChunksMax];

    /// <summary>Notes that a chunk is read.</summary>
    /// <returns>Whether it is read often.</returns>
    public bool Note(ChunkId id)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.SizeBytes];
        id.Value.CopyTo(bytes);
        ref var place = ref _places[BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) % ChunksMax];
        var tag = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]) & ~3u;
        var known = Volatile.Read(ref place);
        var count = (known & ~3u) == tag ? Math.Min((known & 3) + 1, OftenMin) : 1;
        Volatile.Write(ref place, tag | count);
        return count == OftenMin;
    }
}
