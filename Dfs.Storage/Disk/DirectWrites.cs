using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dfs.Storage.Disk;

/// <summary>Writes the whole blocks of large writes to a file round the page cache (O_DIRECT, open(2)); Linux only.</summary>
/// <remarks>
/// A chunk is written once and read seldom, and a copy into a page that nobody had before costs more than hashing it: docs/performance.md
/// has the figures. Durable after a sync of the file, as any write; readers of the same file see what was written. Where a file
/// system refuses, the caller writes as it always did. For one thread.
/// </remarks>
internal sealed class DirectWrites(SafeFileHandle file, string path) : IDisposable
{
    /// <summary>256 KiB: below it a write through the page cache is as fast, and its sync shared with others.</summary>
    public const int WorthBytesMin = 256 * 1024;

    // What every disk of today takes; some take 512.
    internal const int BlockBytes = 4096;

    // 2 MiB: a write of a chunk of the usual size is one call.
    private const int StagingBytes = 2 * 1024 * 1024;

    private const int InvalidArgument = 22, NotSupported = 95;

    // One for each thread that writes, of which a store has few; not for each file: a store keeps hundreds open, and each would keep its own.
    [ThreadStatic]
    private static byte[]? _staging;

    private SafeFileHandle? _direct;
    private bool _isRefused;

    /// <summary>Writes the parts one behind the other; what is no whole block at either end goes through the page cache.</summary>
    /// <returns>False when the file system does not do it: nothing is to be relied on, write everything again.</returns>
    /// <exception cref="IOException">As of <see cref="RandomAccess"/>.</exception>
    public bool TryWrite(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        _direct ??= _isRefused ? null : Posix.TryReopenDirect(file, isForWrites: true);
        if (_direct is not { } direct)
        {
            _isRefused = true;
            return false;
        }

        try
        {
            Write(direct, offset, parts);
            return true;
        }
        catch (IOException refused) when (IsRefusal(refused))
        {
            _isRefused = true;
            _direct.Dispose();
            _direct = null;
            return false;
        }
        catch (IOException failure)
        {
            throw DiskException.Of(failure, path);
        }
    }

    /// <summary>Whether the file system says that it cannot, and not that the disk fails.</summary>
    internal static bool IsRefusal(IOException failure) => (failure.HResult & 0xffff) is InvalidArgument or NotSupported;

    public void Dispose() => _direct?.Dispose();

    private void Write(SafeFileHandle direct, long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        var staging = Aligned();
        // Up to the first boundary, then whole blocks, then the rest.
        var (staged, limit) = (0, (int)(-offset & (BlockBytes - 1)));
        limit = limit == 0 ? StagingBytes : limit;
        foreach (var part in parts)
        {
            for (var rest = part; !rest.IsEmpty;)
            {
                var count = Math.Min(rest.Length, limit - staged);
                rest.Span[..count].CopyTo(staging.Span[staged..]);
                rest = rest[count..];
                staged += count;
                if (staged == limit)
                {
                    RandomAccess.Write(limit == StagingBytes ? direct : file, staging.Span[..staged], offset);
                    (offset, staged, limit) = (offset + staged, 0, StagingBytes);
                }
            }
        }

        var whole = limit == StagingBytes ? staged & ~(BlockBytes - 1) : 0;
        if (whole > 0)
        {
            RandomAccess.Write(direct, staging.Span[..whole], offset);
        }

        if (staged > whole)
        {
            RandomAccess.Write(file, staging.Span[whole..staged], offset + whole);
        }
    }

    private static Memory<byte> Aligned()
    {
        _staging ??= GC.AllocateUninitializedArray<byte>(StagingBytes + BlockBytes, pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_staging, 0);
        return _staging.AsMemory((int)(-address & (BlockBytes - 1)), StagingBytes);
    }
}
