namespace Dfs.Gateway.S3.Bodies;

/// <summary>Cyclic redundancy checks as S3 uses them: reflected, all ones to begin and end with.</summary>
/// <remarks>Eight bytes at a step by eight tables (Kounavis and Berry, 2005, "slicing by 8").</remarks>
public sealed class Crc
{
    public static readonly Crc Crc32 = new(0xEDB8_8320, 4);
    public static readonly Crc Crc32C = new(0x82F6_3B78, 4);
    public static readonly Crc Crc64Nvme = new(0x9A6C_9329_AC4B_C9B5, 8);

    private readonly ulong[] _tables = new ulong[8 * 256];
    private readonly ulong _ones;

    /// <param name="polynomial">Reflected.</param>
    private Crc(ulong polynomial, int sizeBytes)
    {
        (SizeBytes, _ones) = (sizeBytes, sizeBytes == 8 ? ulong.MaxValue : uint.MaxValue);
        for (var i = 0; i < 256; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) * polynomial);
            }

            _tables[i] = value;
        }

        for (var i = 256; i < _tables.Length; i++)
        {
            _tables[i] = (_tables[i - 256] >> 8) ^ _tables[(int)(_tables[i - 256] & 0xFF)];
        }
    }

    public int SizeBytes { get; }

    /// <summary>The check of two stretches, one after the other, from the checks of each.</summary>
    /// <remarks>Appending a zero byte is linear in the check, so appending many is a power of that map.</remarks>
    /// <param name="secondBytes">How long the second is.</param>
    public ulong Combine(ulong first, ulong second, long secondBytes)
    {
        var bits = SizeBytes * 8;
        var map = new ulong[bits];
        for (var bit = 0; bit < bits; bit++)
        {
            var value = 1UL << bit;
            map[bit] = (value >> 8) ^ _tables[(int)(value & 0xFF)];
        }

        for (var left = secondBytes; left > 0; left >>= 1)
        {
            first = (left & 1) != 0 ? Apply(map, first) : first;
            map = [.. map.Select(column => Apply(map, column))];
        }

        return first ^ second;
    }

    /// <summary>Goes on from a check of the bytes before; 0 begins.</summary>
    public ulong Append(ulong check, ReadOnlySpan<byte> bytes)
    {
        var value = check ^ _ones;
        var tables = _tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var eight = BitConverter.ToUInt64(bytes) ^ value;
            value = tables[(7 * 256) + (int)(eight & 0xFF)] ^ tables[(6 * 256) + (int)((eight >> 8) & 0xFF)]
                ^ tables[(5 * 256) + (int)((eight >> 16) & 0xFF)] ^ tables[(4 * 256) + (int)((eight >> 24) & 0xFF)]
                ^ tables[(3 * 256) + (int)((eight >> 32) & 0xFF)] ^ tables[(2 * 256) + (int)((eight >> 40) & 0xFF)]
                ^ tables[256 + (int)((eight >> 48) & 0xFF)] ^ tables[(int)(eight >> 56)];
        }

        foreach (var unit in bytes)
        {
            value = (value >> 8) ^ tables[(int)((value ^ unit) & 0xFF)];
        }

        return value ^ _ones;
    }

    private static ulong Apply(ulong[] map, ulong value)
    {
        var sum = 0UL;
        for (var bit = 0; value != 0; bit++, value >>= 1)
        {
            sum ^= (value & 1) != 0 ? map[bit] : 0;
        }

        return sum;
    }
}
