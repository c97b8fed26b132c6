using System.Numerics;
using System.Runtime.InteropServices;

namespace Dfs.Core.Primitives;

/// <summary>CRC-32C (Castagnoli, reflected, initial and final all ones): finds damage at rest, proves nothing.</summary>
/// <remarks>
/// One crc32 instruction takes three cycles and a new one can start every cycle, so three thirds of a block run side by
/// side and are joined by the operator "append N zero bytes", which is linear and therefore four tables of 256 words.
/// </remarks>
public static class Crc32C
{
    private const int LongLane = 4096;
    private const int ShortLane = 256;

    private static readonly uint[] LongZeros = ZerosTables(LongLane);
    private static readonly uint[] ShortZeros = ZerosTables(ShortLane);

    public static uint Of(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The sum of what <paramref name="crc"/> was computed over, followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var state = ~crc;
        state = Lanes(state, ref data, LongLane, LongZeros);
        state = Lanes(state, ref data, ShortLane, ShortZeros);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
        {
            state = BitOperations.Crc32C(state, Little(word));
        }

        foreach (var one in data[(data.Length & ~7)..])
        {
            state = BitOperations.Crc32C(state, one);
        }

        return ~state;
    }

    private static uint Lanes(uint state, ref ReadOnlySpan<byte> data, int lane, uint[] zeros)
    {
        while (data.Length >= 3 * lane)
        {
            var first = MemoryMarshal.Cast<byte, ulong>(data[..lane]);
            var second = MemoryMarshal.Cast<byte, ulong>(data[lane..(2 * lane)])[..first.Length];
            var third = MemoryMarshal.Cast<byte, ulong>(data[(2 * lane)..(3 * lane)])[..first.Length];
            uint state2 = 0, state3 = 0;
            for (var i = 0; i < first.Length; i++)
            {
                state = BitOperations.Crc32C(state, Little(first[i]));
                state2 = BitOperations.Crc32C(state2, Little(second[i]));
                state3 = BitOperations.Crc32C(state3, Little(third[i]));
            }

            state = Shift(zeros, Shift(zeros, state) ^ state2) ^ state3;
            data = data[(3 * lane)..];
        }

        return state;
    }

    private static ulong Little(ulong word) =>
        BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);

    private static uint Shift(uint[] zeros, uint state) =>
        zeros[state & 0xff]
        ^ zeros[256 + ((state >> 8) & 0xff)]
        ^ zeros[512 + ((state >> 16) & 0xff)]
        ^ zeros[768 + (state >> 24)];

    private static uint[] ZerosTables(int sizeBytes)
    {
        Span<uint> ofBit = stackalloc uint[32];
        for (var bit = 0; bit < ofBit.Length; bit++)
        {
            var state = 1u << bit;
            for (var i = 0; i < sizeBytes / 8; i++)
            {
                state = BitOperations.Crc32C(state, 0UL);
            }

            ofBit[bit] = state;
        }

        var tables = new uint[4 * 256];
        for (var i = 0; i < tables.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                tables[i] ^= (i & (1 << bit)) != 0 ? ofBit[(8 * (i / 256)) + bit] : 0;
            }
        }

        return tables;
    }
}
