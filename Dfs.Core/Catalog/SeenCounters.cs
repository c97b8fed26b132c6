using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>How far files' registers were when this node read or changed them: what was chosen never counts back.</summary>
/// <remarks>
/// Bounded: one place for each hash, and in it the register that came last, so of many it forgets the oldest. Whoever remembers a counter
/// notices a state from before it, however many replicas give it (docs/threat-model.md, "Age"). Not thread-safe.
/// </remarks>
public sealed class SeenCounters
{
    /// <summary>65,536 registers, 1 MiB.</summary>
    public const int RegistersMax = 65_536;

    private readonly (ulong Register, ulong Counter)[] _places = new (ulong, ulong)[RegistersMax];

    /// <returns>0 when nothing is remembered of it.</returns>
    public ulong Of(RegisterId register)
    {
        var (place, tag) = PlaceOf(register);
        return _places[place].Register == tag ? _places[place].Counter : 0;
    }

    /// <summary>It was read; a lower counter than is known changes nothing.</summary>
    public void Read(RegisterId register, ulong counter) => Set(register, Math.Max(Of(register), counter));

    /// <summary>It was changed.</summary>
    public void Set(RegisterId register, ulong counter)
    {
        var (place, tag) = PlaceOf(register);
        _places[place] = (tag, counter);
    }

    private static (int Place, ulong Tag) PlaceOf(RegisterId register)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.SizeBytes];
        register.Value.CopyTo(bytes);
        return ((int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) % RegistersMax), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }
}
