using System.Numerics;

namespace Dfs.Storage.Disk;

/// <summary>Sixty-four pages of pinned memory, of which runs are taken and returned.</summary>
/// <remarks>Not thread-safe: its pool's own.</remarks>
internal sealed class BufferSlab
{
    public const int PageBytes = 64 * 1024;

    /// <summary>4 MiB.</summary>
    public const int SizeBytes = 64 * PageBytes;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(SizeBytes, pinned: true);

    // Bit i: page i is free.
    private ulong _free = ulong.MaxValue;

    public static int PagesOf(int sizeBytes) => Math.Max(1, (sizeBytes + PageBytes - 1) / PageBytes);

    /// <summary>Takes the lowest run of so many free pages.</summary>
    /// <param name="pages">1 to 64.</param>
    /// <returns>The first page; -1 when there is no such run.</returns>
    public int TryTake(int pages)
    {
        // A bit of starts stays as long as a run of at least the length so far begins there; the length doubles.
        var starts = _free;
        for (var length = 1; length < pages && starts != 0;)
        {
            var step = Math.Min(length, pages - length);
            starts &= starts >> step;
            length += step;
        }

        if (starts == 0)
        {
            return -1;
        }

        var first = BitOperations.TrailingZeroCount(starts);
        _free &= ~Run(first, pages);
        return first;
    }

    public void Return(int first, int pages) => _free |= Run(first, pages);

    public Memory<byte> MemoryAt(int firstPage, int sizeBytes) => _bytes.AsMemory(firstPage * PageBytes, sizeBytes);

    private static ulong Run(int first, int pages) => (ulong.MaxValue >> (64 - pages)) << first;
}
