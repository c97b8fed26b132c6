using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Listing;

/// <summary>The file in which a node keeps an owner's index of names, sealed: docs/formats/names.md.</summary>
/// <remarks>Knows frames and no keys. Every call blocks. One draft at a time; the file names a whole index at every moment, or none.</remarks>
public sealed class NameFile
{
    /// <summary>4 GiB: some thirty million names.</summary>
    public const long SizeBytesMax = 4L << 30;

    private readonly IDisk _disk;
    private readonly string _path, _draftPath;
    private int _drafts;

    /// <param name="path">Its folder is there.</param>
    public NameFile(IDisk disk, string path) => (_disk, _path, _draftPath) = (disk, path, path + WholeFile.DraftSuffix);

    /// <summary>Begins the next index, beside the file.</summary>
    /// <returns>Null while another is being written.</returns>
    /// <exception cref="DiskException">The disk refused.</exception>
    public Draft? Begin(Bytes16 id)
    {
        if (Interlocked.CompareExchange(ref _drafts, 1, 0) != 0)
        {
            return null;
        }

        try
        {
            // Of one that a crash ended.
            _disk.Delete(_draftPath);
            return new Draft(this, _disk.CreatePrivate(_draftPath), id);
        }
        catch
        {
            _drafts = 0;
            throw;
        }
    }

    /// <returns>Null when there is no file, or none that can be read.</returns>
    public Reader? Open()
    {
        var file = _disk.Open(_path, writable: false);
        var header = new byte[NameImage.HeaderBytes];
        if (file is not null && file.SizeBytes <= SizeBytesMax && file.Read(0, header) == header.Length && NameImage.FileOf(header) is { } id)
        {
            return new Reader(file, id);
        }

        file?.Dispose();
        return null;
    }

    /// <summary>Whether there is a file, readable or not.</summary>
    public bool Exists()
    {
        using var file = _disk.Open(_path, writable: false);
        return file is not null;
    }

    /// <summary>The next index on its way; disposing of it before <see cref="Commit"/> leaves the file as it was.</summary>
    public sealed class Draft : IDisposable
    {
        private readonly NameFile _of;
        private readonly IDiskFile _file;
        private readonly byte[] _header;
        private long _sizeBytes;
        private bool _isCommitted;

        internal Draft(NameFile of, IDiskFile file, Bytes16 id) => (_of, _file, _header) = (of, file, NameImage.Header(id));

        /// <exception cref="DiskException">The disk refused, or the file would be larger than it may be.</exception>
        public void Append(ReadOnlyMemory<byte> piece, bool isLast)
        {
            if (_sizeBytes == 0)
            {
                _file.Write(0, _header);
                _sizeBytes = _header.Length;
            }

            if (_sizeBytes + NameImage.FrameBytes + piece.Length > SizeBytesMax)
            {
                throw new DiskException(DiskFault.Io, $"an index of more than {SizeBytesMax} bytes is not kept");
            }

            _file.Write(_sizeBytes, NameImage.Frame(isLast, piece.Length), piece);
            _sizeBytes += NameImage.FrameBytes + piece.Length;
        }

        /// <summary>Durable, and under its name, when it returns.</summary>
        /// <exception cref="DiskException">The file is the old one or this one, whole.</exception>
        public void Commit()
        {
            _file.Sync();
            _file.Dispose();
            _of._disk.Rename(_of._draftPath, _of._path);
            _isCommitted = true;
            _of._disk.SyncFolders([Path.GetDirectoryName(_of._path)!]);
        }

        public void Dispose()
        {
            _file.Dispose();
            if (!_isCommitted)
            {
                _of._disk.Delete(_of._draftPath);
            }

            Volatile.Write(ref _of._drafts, 0);
        }
    }

    /// <summary>Reads the frames of a file one after the other.</summary>
    public sealed class Reader : IDisposable
    {
        private readonly IDiskFile _file;
        private readonly byte[] _frame = new byte[NameImage.FrameBytes];
        private long _at = NameImage.HeaderBytes;

        internal Reader(IDiskFile file, Bytes16 id) => (_file, Id) = (file, id);

        /// <summary>Of the file.</summary>
        public Bytes16 Id { get; }

        /// <returns>The next sealed piece; null when there is none whole, or something stands behind the last.</returns>
        /// <exception cref="DiskException">The disk refused.</exception>
        public (byte[] Piece, bool IsLast)? Next()
        {
            if (_file.Read(_at, _frame) < _frame.Length || NameImage.FrameOf(_frame) is not (var isLast, var sealedBytes))
            {
                return null;
            }

            var piece = new byte[sealedBytes];
            _at += _frame.Length;
            var isWhole = _file.Read(_at, piece) == piece.Length;
            _at += piece.Length;
            return isWhole && (!isLast || _at == _file.SizeBytes) ? (piece, isLast) : default((byte[], bool)?);
        }

        public void Dispose() => _file.Dispose();
    }
}
