using System.Numerics;
using Dfs.Core.Primitives;

namespace Dfs.Core.Chunking;

/// <summary>How large the pieces of a file become: least, wished, most.</summary>
public sealed record CutProfile
{
    /// <summary>256 KiB, 1 MiB, 4 MiB: few enough chunks for a large file's manifest.</summary>
    public static readonly CutProfile Default = new(256 * 1024, 1024 * 1024, 4 * 1024 * 1024);

    /// <summary>16, 64, 256 KiB: finds more that is equal, for mail, source trees, databases; sixteen times the chunks.</summary>
    public static readonly CutProfile Small = new(16 * 1024, 64 * 1024, 256 * 1024);

    private CutProfile(int sizeBytesMin, int sizeBytesWished, int sizeBytesMax)
    {
        Invariant.Holds(sizeBytesMin >= GearTable.WindowBytes, $"the gear sees its whole window ({sizeBytesMin} bytes)");
        Invariant.Holds(sizeBytesMin < sizeBytesWished, $"the least is below the wished ({sizeBytesMin})");
        Invariant.Holds(sizeBytesWished < sizeBytesMax, $"the wished is below the most ({sizeBytesWished})");
        (SizeBytesMin, SizeBytesWished, SizeBytesMax) = (sizeBytesMin, sizeBytesWished, sizeBytesMax);
        var bits = BitOperations.Log2((uint)sizeBytesWished);
        StrictLimit = ulong.MaxValue >> (bits + NormalizationBits);
        EasyLimit = ulong.MaxValue >> (bits - NormalizationBits);
    }

    public int SizeBytesMin { get; }

    public int SizeBytesWished { get; }

    public int SizeBytesMax { get; }

    /// <summary>Below the wished size a cut needs a hash up to this: one place in four times the wished size.</summary>
    internal ulong StrictLimit { get; }

    /// <summary>From the wished size on, this one: one place in a quarter of it.</summary>
    internal ulong EasyLimit { get; }

    /// <summary>Two, the level that the paper finds best (section 3.4).</summary>
    private const int NormalizationBits = 2;
}
