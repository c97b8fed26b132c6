using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>The chunks of a directory that a collection found nothing to refer to, in the order of their ids: docs/formats/garbage.md.</summary>
/// <remarks>
/// Written and read from beginning to end, an entry at a time. It only says how long something has been garbage: without it, or
/// damaged, everything rests in the trash once more.
/// </remarks>
internal static class GarbageList
{
    public const int HeaderBytes = 16;
    public const int EntryBytes = Bytes32.SizeBytes + sizeof(ulong);

    private static ReadOnlySpan<byte> Magic => "DFSG\x01\0\0\0"u8;

    /// <param name="Since">The collection that found it first.</param>
    public readonly record struct Entry(ChunkId Id, Epoch Since);

    /// <summary>Writes to a file beside, which <see cref="Writer.Finish"/> puts in place.</summary>
    public sealed class Writer : IDisposable
    {
        private readonly string _path;
        private readonly FileStream _file;
        private readonly byte[] _entry = new byte[EntryBytes];
        private uint _crc;

        public Writer(string path, Epoch epoch)
        {
            _path = path;
            _file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024);
            Span<byte> header = stackalloc byte[HeaderBytes];
            Magic.CopyTo(header);
            BinaryPrimitives.WriteUInt64BigEndian(header[8..], epoch.Value);
            Append(header);
        }

        public void Add(Entry entry)
        {
            entry.Id.Value.CopyTo(_entry);
            BinaryPrimitives.WriteUInt64BigEndian(_entry.AsSpan(Bytes32.SizeBytes), entry.Since.Value);
            Append(_entry);
        }

        public void Finish()
        {
            Span<byte> crc = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(crc, _crc);
            _file.Write(crc);
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            File.Move(_path + ".new", _path, overwrite: true);
        }

        public void Dispose() => _file.Dispose();

        private void Append(ReadOnlySpan<byte> bytes)
        {
            _crc = Crc32C.Append(_crc, bytes);
            _file.Write(bytes);
        }
    }

    /// <summary>Entries as they are asked for, ids rising.</summary>
    public sealed class Reader : IDisposable
    {
        private readonly FileStream? _file;
        private readonly byte[] _entry = new byte[EntryBytes];
        private long _left;
        private Entry? _next;

        /// <summary>Reads the file once to check it; one that is not whole has no entries.</summary>
        public Reader(string path)
        {
            _file = File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Delete, 64 * 1024) : null;
            if (_file is not null && IsWhole())
            {
                _left = (_file.Length - HeaderBytes - sizeof(uint)) / EntryBytes;
                _file.Position = HeaderBytes;
                Read();
            }
        }

        /// <param name="id">Above every one that was asked for before.</param>
        /// <returns>Since when it has been garbage; null when it was not.</returns>
        public Epoch? SinceOf(ChunkId id)
        {
            while (_next is { } entry && entry.Id.CompareTo(id) < 0)
            {
                Read();
            }

            return _next is { } here && here.Id == id ? here.Since : null;
        }

        public void Dispose() => _file?.Dispose();

        private void Read()
        {
            _next = null;
            if (_left-- > 0)
            {
                _file!.ReadExactly(_entry);
                _next = new Entry(
                    new ChunkId(_entry.AsSpan(0, Bytes32.SizeBytes)),
                    new Epoch(BinaryPrimitives.ReadUInt64BigEndian(_entry.AsSpan(Bytes32.SizeBytes))));
            }
        }

        private bool IsWhole()
        {
            var bodyBytes = _file!.Length - HeaderBytes - sizeof(uint);
            if (bodyBytes < 0 || bodyBytes % EntryBytes != 0)
            {
                return false;
            }

            Span<byte> header = stackalloc byte[HeaderBytes];
            _file.ReadExactly(header);
            var crc = Crc32C.Of(header);
            for (; bodyBytes > 0; bodyBytes -= EntryBytes)
            {
                _file.ReadExactly(_entry);
                crc = Crc32C.Append(crc, _entry);
            }

            Span<byte> stored = stackalloc byte[sizeof(uint)];
            _file.ReadExactly(stored);
            return header.StartsWith(Magic) && BinaryPrimitives.ReadUInt32BigEndian(stored) == crc;
        }
    }
}
