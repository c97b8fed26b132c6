using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Reads a segment from a record on, skipping what is not one.</summary>
/// <remarks>
/// Reads heads through a window and jumps over the ciphertext of large chunks. After bytes that are no record it goes on at
/// the next multiple of 16 where a record of this segment begins: the tag keeps content from passing for one.
/// </remarks>
internal sealed class SegmentScan(IDiskFile file, ulong tag, long sizeBytes)
{
    private const int WindowSizeBytes = 64 * 1024;

    private readonly byte[] _window = new byte[WindowSizeBytes];
    private long _windowAt;
    private int _windowBytes;

    /// <summary>The records from <paramref name="offset"/> on, in order; between two that do not touch lies damage.</summary>
    /// <exception cref="DiskException">The file cannot be read.</exception>
    public IEnumerable<ScannedRecord> From(long offset)
    {
        while (offset + SegmentRecord.HeaderSizeBytes <= sizeBytes)
        {
            if (RecordAt(offset) is { } record && offset + record.SizeBytes <= sizeBytes)
            {
                yield return new ScannedRecord(offset, record);
                offset += record.SizeBytes;
            }
            else
            {
                offset += SegmentRecord.AlignmentBytes;
            }
        }
    }

    /// <summary>Whether the ciphertext of a record is what its head was written for.</summary>
    public bool IsWhole(ScannedRecord scanned)
    {
        var (offset, crc) = (scanned.Offset + scanned.Record.HeadSizeBytes, 0u);
        while (offset < scanned.End)
        {
            if (!Fill(offset, 1))
            {
                return false;
            }

            var from = (int)(offset - _windowAt);
            var count = (int)Math.Min(_windowBytes - from, scanned.End - offset);
            crc = Crc32C.Append(crc, _window.AsSpan(from, count));
            offset += count;
        }

        return crc == scanned.Record.BodyCrc;
    }

    private SegmentRecord? RecordAt(long offset)
    {
        if (!Fill(offset, (int)Math.Min(SegmentRecord.HeadSizeBytesMax, sizeBytes - offset)))
        {
            return null;
        }

        var from = (int)(offset - _windowAt);
        return SegmentRecord.Decode(_window.AsSpan(from, Math.Min(SegmentRecord.HeadSizeBytesMax, _windowBytes - from)), tag);
    }

    private bool Fill(long offset, int count)
    {
        if (offset < _windowAt || offset + count > _windowAt + _windowBytes)
        {
            _windowAt = offset;
            _windowBytes = file.Read(offset, _window.AsSpan(0, (int)Math.Min(WindowSizeBytes, sizeBytes - offset)));
        }

        return offset + count <= _windowAt + _windowBytes;
    }
}

internal readonly record struct ScannedRecord(long Offset, SegmentRecord Record)
{
    public long End => Offset + Record.SizeBytes;
}
