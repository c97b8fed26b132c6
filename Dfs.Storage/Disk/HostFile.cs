using Microsoft.Win32.SafeHandles;

namespace Dfs.Storage.Disk;

internal sealed class HostFile(string path, SafeFileHandle handle) : IDiskFile
{
    // Without a lock per file: the data directory has one for all.
    public const FileShare Shared = FileShare.ReadWrite | FileShare.Delete;

    private readonly DirectReads _directReads = new(handle, path);
    private DirectWrites? _direct;

    public long SizeBytes => RandomAccess.GetLength(handle);

    public int Read(long offset, Span<byte> target)
    {
        try
        {
            var done = 0;
            while (done < target.Length)
            {
                var count = RandomAccess.Read(handle, target[done..], offset + done);
                if (count == 0)
                {
                    break;
                }

                done += count;
            }

            return done;
        }
        catch (IOException failure)
        {
            throw DiskException.Of(failure, path);
        }
    }

    public int ReadOnce(long offset, Span<byte> head, Span<byte> body)
    {
        if (head.Length + body.Length >= DirectReads.WorthBytesMin && _directReads.TryRead(offset, head, body) is { } direct)
        {
            return direct;
        }

        return ((IDiskFile)this).Read(offset, head, body);
    }

    public void Write(long offset, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        try
        {
            if (body.IsEmpty)
            {
                RandomAccess.Write(handle, head.Span, offset);
            }
            else
            {
                RandomAccess.Write(handle, [head, body], offset);
            }
        }
        catch (IOException failure)
        {
            throw DiskException.Of(failure, path);
        }
    }

    public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        try
        {
            if (OperatingSystem.IsLinux() && parts.Sum(part => (long)part.Length) >= DirectWrites.WorthBytesMin)
            {
                _direct ??= new DirectWrites(handle, path);
                if (_direct.TryWrite(offset, parts))
                {
                    return;
                }
            }

            RandomAccess.Write(handle, parts, offset);
        }
        catch (IOException failure)
        {
            throw DiskException.Of(failure, path);
        }
    }

    public void Truncate(long sizeBytes)
    {
        try
        {
            RandomAccess.SetLength(handle, sizeBytes);
        }
        catch (IOException failure)
        {
            throw DiskException.Of(failure, path);
        }
    }

    public void Sync()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                Posix.SyncData(handle, path);
            }
            else
            {
                RandomAccess.FlushToDisk(handle);
            }
        }
        catch (IOException failure)
        {
            throw DiskException.OfSync(failure.Message, path);
        }
    }

    public void Dispose()
    {
        _direct?.Dispose();
        _directReads.Dispose();
        handle.Dispose();
    }
}
