using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dfs.Core.Primitives;

namespace Dfs.Core.Chunking;

/// <summary>Finds the first place whose gear hash is small enough.</summary>
/// <remarks>
/// The hash at a place is over the 64 bytes before it and nothing else, so four places can be hashed at once: one
/// gear is a chain of dependent shifts and adds that leaves three quarters of the processor idle.
/// </remarks>
internal static class GearScan
{
    private const int Window = GearTable.WindowBytes;

    /// <summary>4 KiB for each of four streams: what is hashed behind a cut in vain is small against a chunk.</summary>
    private const int StreamBytes = 4 * 1024;

    private const int Streams = 4;

    /// <param name="from">First place to look at, at least 64.</param>
    /// <param name="to">First place not to look at, at most the window's length + 1.</param>
    /// <returns>The place (how many bytes are before the cut), or -1.</returns>
    public static int FirstCut(ReadOnlySpan<ulong> gear, ReadOnlySpan<byte> window, int from, int to, ulong limit)
    {
        Invariant.Holds(gear.Length == 256, $"a gear has 256 numbers ({gear.Length})");
        Invariant.Holds(from >= Window, $"a full window of bytes lies before a place ({from})");
        Invariant.Holds(to <= window.Length + 1, $"places are in the window ({to} of {window.Length})");
        ref var numbers = ref MemoryMarshal.GetReference(gear);
        ref var bytes = ref MemoryMarshal.GetReference(window);
        for (; to - from >= Streams * StreamBytes; from += Streams * StreamBytes)
        {
            if (HasCut(ref numbers, ref bytes, from, limit))
            {
                return ScanOne(ref numbers, ref bytes, from, from + Streams * StreamBytes, limit);
            }
        }

        return ScanOne(ref numbers, ref bytes, from, to, limit);
    }

    /// <summary>Whether any of the next four streams' places is a cut.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool HasCut(ref ulong gear, ref byte bytes, int from, ulong limit)
    {
        unchecked
        {
            var (hash0, hash1) = (Warm(ref gear, ref bytes, from), Warm(ref gear, ref bytes, from + StreamBytes));
            var hash2 = Warm(ref gear, ref bytes, from + 2 * StreamBytes);
            var hash3 = Warm(ref gear, ref bytes, from + 3 * StreamBytes);
            ref var at = ref Unsafe.Add(ref bytes, from - 1);
            for (var i = 0; i < StreamBytes; i++)
            {
                hash0 = (hash0 << 1) + Unsafe.Add(ref gear, (nint)Unsafe.Add(ref at, i));
                hash1 = (hash1 << 1) + Unsafe.Add(ref gear, (nint)Unsafe.Add(ref at, i + StreamBytes));
                hash2 = (hash2 << 1) + Unsafe.Add(ref gear, (nint)Unsafe.Add(ref at, i + 2 * StreamBytes));
                hash3 = (hash3 << 1) + Unsafe.Add(ref gear, (nint)Unsafe.Add(ref at, i + 3 * StreamBytes));
                if (hash0 <= limit || hash1 <= limit || hash2 <= limit || hash3 <= limit)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private static int ScanOne(ref ulong gear, ref byte bytes, int from, int to, ulong limit)
    {
        if (from >= to)
        {
            return -1;
        }

        var hash = Warm(ref gear, ref bytes, from);
        for (var place = from; place < to; place++)
        {
            hash = unchecked((hash << 1) + Unsafe.Add(ref gear, (nint)Unsafe.Add(ref bytes, place - 1)));
            if (hash <= limit)
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>The hash of the 63 bytes before the last one of a place's window.</summary>
    private static ulong Warm(ref ulong gear, ref byte bytes, int place)
    {
        ulong hash = 0;
        for (var i = place - Window; i < place - 1; i++)
        {
            hash = unchecked((hash << 1) + Unsafe.Add(ref gear, (nint)Unsafe.Add(ref bytes, i)));
        }

        return hash;
    }
}
