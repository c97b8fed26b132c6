using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dfs.Storage.Disk;

/// <summary>Reads what is large and not in the page cache round it (O_DIRECT, open(2)); Linux only.</summary>
/// <remarks>
/// A copy into pages that nobody had before is dearer than hashing: docs/performance.md has the figures. (A read that does not wait,
/// RWF_NOWAIT, is no way to ask whether the cache has it: it makes the cache read.) Sees what was written, as any read. Thread-safe.
/// </remarks>
internal sealed class DirectReads(SafeFileHandle file, string path) : IDisposable
{
    /// <summary>256 KiB: below it a read through the page cache is as fast.</summary>
    public const int WorthBytesMin = DirectWrites.WorthBytesMin;

    private const int BlockBytes = DirectWrites.BlockBytes;

    // 1 MiB and a block at each end: a read of a chunk of the usual size is one call.
    private const int StagingBytes = (1024 * 1024) + (2 * BlockBytes);

    // One for each thread that reads: a store has a fixed number of them.
    [ThreadStatic]
    private static byte[]? _staging;

    private readonly Lazy<SafeFileHandle?> _direct = new(() => Posix.TryReopenDirect(file, isForWrites: false));
    private volatile bool _isRefused;

    /// <summary>Fills the two one behind the other as far as the file goes.</summary>
    /// <returns>Bytes read; null when the cache has all, or the file system does not do it: read as usual.</returns>
    /// <exception cref="IOException">As of <see cref="RandomAccess"/>.</exception>
    public int? TryRead(long offset, Span<byte> head, Span<byte> body)
    {
        if (_isRefused || _direct.Value is not { } direct || Posix.IsCached(file, offset, head.Length + body.Length))
        {
            return null;
        }

        try
        {
            return Read(direct, offset, head, body);
        }
        catch (IOException refused) when (DirectWrites.IsRefusal(refused))
        {
            _isRefused = true;
            return null;
        }
        catch (IOException failure)
        {
            throw DiskException.Of(failure, path);
        }
    }

    public void Dispose()
    {
        if (_direct.IsValueCreated)
        {
            _direct.Value?.Dispose();
        }
    }

    private static int Read(SafeFileHandle direct, long offset, Span<byte> head, Span<byte> body)
    {
        var staging = Aligned();
        var (done, wanted) = (0, head.Length + body.Length);
        while (done < wanted)
        {
            // The blocks that the rest lies in, as many as fit.
            var from = (offset + done) & ~(BlockBytes - 1L);
            var skipped = (int)(offset + done - from);
            var blocksBytes = (int)Math.Min(StagingBytes, (long)(skipped + wanted - done + BlockBytes - 1) & ~(BlockBytes - 1L));
            var count = Math.Min(RandomAccess.Read(direct, staging[..blocksBytes], from) - skipped, wanted - done);
            if (count <= 0)
            {
                break;
            }

            var bytes = staging.Slice(skipped, count);
            if (done < head.Length)
            {
                var part = bytes[..Math.Min(count, head.Length - done)];
                part.CopyTo(head[done..]);
                bytes = bytes[part.Length..];
                done += part.Length;
            }

            bytes.CopyTo(body[(done - head.Length)..]);
            done += bytes.Length;
        }

        return done;
    }

    private static Span<byte> Aligned()
    {
        _staging ??= GC.AllocateUninitializedArray<byte>(StagingBytes + BlockBytes, pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_staging, 0);
        return _staging.AsSpan((int)(-address & (BlockBytes - 1)), StagingBytes);
    }
}
