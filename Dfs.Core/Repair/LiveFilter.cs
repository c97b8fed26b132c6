using System.Buffers.Binary;
using System.Numerics;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>Remembers chunks in a fixed amount of memory: says "may be alive" of all that were added, and of few others.</summary>
/// <remarks>
/// A Bloom filter (Bloom, CACM 13(7), 1970) with double hashing (Kirsch and Mitzenmacher, ESA 2006). Its one kind of mistake
/// keeps garbage, never takes what is alive; another salt makes other mistakes, so that the next collection takes what this
/// one kept. Eight probes and 16 bits a chunk: 0.06 % mistakes; 8 bits: 2.5 %. One thread writes.
/// </remarks>
public sealed class LiveFilter
{
    /// <summary>32 MiB: sixteen million chunks at 16 bits each.</summary>
    public const long BitsMax = 1L << 28;

    private const long BitsMin = 1L << 16;
    private const int BitsPerChunk = 16;
    private const int Probes = 8;

    private readonly ulong[] _words;
    private readonly ulong _mask, _salt;

    /// <param name="chunksExpected">More are taken, at the price of more mistakes.</param>
    /// <param name="salt">Another one for each filter.</param>
    public LiveFilter(long chunksExpected, ulong salt)
    {
        var bits = (long)BitOperations.RoundUpToPowerOf2(
            (ulong)Math.Clamp(Math.Min(chunksExpected, BitsMax) * BitsPerChunk, BitsMin, BitsMax));
        (_words, _mask, _salt) = (new ulong[bits / 64], (ulong)bits - 1, salt);
    }

    public long SizeBytes => _words.LongLength * sizeof(ulong);

    public void Add(ChunkId id)
    {
        var (at, step) = Start(id);
        for (var probe = 0; probe < Probes; probe++, at = unchecked(at + step))
        {
            _words[(at & _mask) >> 6] |= 1UL << (int)(at & 63);
        }
    }

    public bool MayContain(ChunkId id)
    {
        var (at, step) = Start(id);
        for (var probe = 0; probe < Probes; probe++, at = unchecked(at + step))
        {
            if ((_words[(at & _mask) >> 6] & (1UL << (int)(at & 63))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    // Ids are hashes already; the salt only makes each filter's mistakes its own.
    private (ulong At, ulong Step) Start(ChunkId id)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.SizeBytes];
        id.Value.CopyTo(bytes);
        return (
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ^ _salt),
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]) ^ _salt) | 1);
    }

    // SplitMix64's finisher (Steele et al., OOPSLA 2014).
    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
            return x ^ (x >> 31);
        }
    }
}
