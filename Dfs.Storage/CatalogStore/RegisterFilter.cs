using System.Buffers.Binary;
using System.Numerics;
using Dfs.Core.Primitives;

namespace Dfs.Storage.CatalogStore;

/// <summary>Which registers may have a row: a Bloom filter (Bloom, CACM 1970) over their ids; what it denies has none.</summary>
/// <remarks>
/// Ids are HMACs, so parts of them serve as hashes. Whoever makes up ids that collide makes reads slower, not wrong. Only
/// grows; it is made anew, for twice the rows, at each start. Not thread-safe: its cache's own.
/// </remarks>
internal sealed class RegisterFilter
{
    /// <summary>16 bits a row: one absent register in 400 is looked for in vain; with ten times the rows, seven in ten.</summary>
    private const int BitsPerRow = 16;

    /// <summary>For a million rows at least: 2 MiB.</summary>
    public const int RowsMin = 1 << 20;

    private const int Probes = 4;

    private readonly ulong[] _words;

    /// <param name="rows">That it is made for; beyond them it denies less and less.</param>
    public RegisterFilter(long rows) =>
        _words = new ulong[BitOperations.RoundUpToPowerOf2((ulong)Math.Max(rows, RowsMin)) * BitsPerRow / 64];

    public void Add(RegisterId register)
    {
        for (var probe = 0; probe < Probes; probe++)
        {
            var bit = BitOf(register, probe);
            _words[bit / 64] |= 1UL << (int)(bit % 64);
        }
    }

    public bool MayHave(RegisterId register)
    {
        for (var probe = 0; probe < Probes; probe++)
        {
            var bit = BitOf(register, probe);
            if ((_words[bit / 64] & (1UL << (int)(bit % 64))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private long BitOf(RegisterId register, int probe)
    {
        Span<byte> id = stackalloc byte[Bytes32.SizeBytes];
        register.Value.CopyTo(id);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(id[(8 * probe)..]) & (ulong)((_words.LongLength * 64) - 1));
    }
}
