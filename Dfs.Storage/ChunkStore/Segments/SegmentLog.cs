using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>The end of the log: gathers records into a batch and makes the batch durable. For one thread.</summary>
/// <remarks>
/// A batch lies in one segment: one gathered write, one sync, and for the first of a segment one sync of the folder. Heads and
/// small chunks are copied side by side, large chunks are written from where they are. Segments are not preallocated: a sync
/// after an append cost as much as one into preallocated extents (measured on ext4; only overwriting zeros was cheaper, and
/// that writes everything twice).
/// </remarks>
internal sealed class SegmentLog(SegmentChunkStoreOptions options, SegmentTable table) : IDisposable
{
    // Below it copying is cheaper than another part of the gathered write.
    private const int CopiedBodyBytesMax = 16 * 1024;

    // Where a batch ends at the latest; the system takes 1,024 parts in one call.
    private const int PartsMax = 500;

    private readonly byte[] _staging = GC.AllocateUninitializedArray<byte>(options.StagingBytes, pinned: true);
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private int _stagedFrom;
    private int _staged;
    private long _batchBytes;
    private Segment? _active;
    private IDiskFile? _file;
    private bool _isNew;

    public Segment? Active => _active;

    public bool IsEmpty => _batchBytes == 0;

    /// <summary>Goes on writing at the end of a segment that was found whole.</summary>
    public void Resume(Segment segment, IDiskFile file) => (_active, _file) = (segment, file);

    /// <summary>Whether records of this size, which stay together, may join the batch.</summary>
    public bool Fits(int sizeBytes) =>
        _active is { } active
        && (active.SizeBytes + _batchBytes + sizeBytes <= options.SegmentSizeBytes || active.SizeBytes + _batchBytes <= SegmentHeader.SizeBytes)
        && (_batchBytes == 0 || _batchBytes + sizeBytes <= options.BatchBytesMax)
        && _parts.Count < PartsMax
        && _staging.Length - _staged >= SegmentRecord.HeadSizeBytesMax + CopiedBodyBytesMax;

    /// <summary>Makes the next segment the one that is written to; the batch is empty.</summary>
    /// <exception cref="DiskException">No file can be made.</exception>
    public void Roll()
    {
        Invariant.Holds(IsEmpty, "a segment changes between batches");
        var last = table.Last;
        var number = table.NextNumber;
        var path = $"{options.SegmentsPath}/{SegmentHeader.FileNameOf(number)}";
        var file = options.Disk.Create(path);
        if (table.TryAdd(number, path) is not { } next)
        {
            file.Dispose();
            options.Disk.Delete(path);
            throw new DiskException(DiskFault.NoSpace, $"a store has at most {RecordPlace.SlotsMax} segments");
        }

        _file?.Dispose();
        (_active, _file, _isNew) = (next, file, true);
        var header = new SegmentHeader(number, table.Tag, last?.Number ?? 0, (ulong)(last?.SizeBytes ?? 0)).Encode();
        header.CopyTo(_staging.AsSpan(_staged));
        _staged += header.Length;
        _batchBytes += header.Length;
    }

    /// <summary>Adds a record that <see cref="Fits"/>.</summary>
    /// <returns>Where it will be.</returns>
    public RecordPlace Add(RecordKind kind, ChunkId id, Epoch pin, ReadOnlyMemory<byte> body, uint bodyCrc)
    {
        var active = _active!;
        var offset = active.SizeBytes + _batchBytes;
        var record = new SegmentRecord(kind, id, pin, body.Length, bodyCrc, (uint)active.SizeBytes);
        record.Encode(_staging.AsSpan(_staged, record.HeadSizeBytes), table.Tag);
        _staged += record.HeadSizeBytes;
        if (body.Length <= CopiedBodyBytesMax)
        {
            body.Span.CopyTo(_staging.AsSpan(_staged));
            _staged += body.Length;
        }
        else
        {
            EndStagedPart();
            _parts.Add(body);
        }

        _batchBytes += record.SizeBytes;
        return new RecordPlace(active.Slot, offset, body.Length);
    }

    /// <summary>Makes the batch durable.</summary>
    /// <param name="readOnlyReason">Null, or why nothing may be written.</param>
    /// <exception cref="DiskException">
    /// <see cref="DiskFault.NoSpace"/>: nothing of the batch is there, the next one may work.
    /// <see cref="DiskFault.Io"/>: nobody knows what is there.
    /// </exception>
    public void Commit(string? readOnlyReason)
    {
        if (readOnlyReason is not null)
        {
            throw new DiskException(DiskFault.Io, readOnlyReason);
        }

        EndStagedPart();
        var active = _active!;
        try
        {
            _file!.Write(active.SizeBytes, _parts);
        }
        catch (DiskException full) when (full.Fault == DiskFault.NoSpace)
        {
            Undo(active);
            throw;
        }

        _file.Sync();
        if (_isNew)
        {
            options.Disk.SyncFolders([options.SegmentsPath]);
            _isNew = false;
        }

        active.SizeBytes += _batchBytes;
        Discard();
    }

    public void Dispose() => _file?.Dispose();

    // Half a batch must not stand where a shorter one may end before it.
    private void Undo(Segment active)
    {
        Discard();
        try
        {
            if (_isNew)
            {
                _file!.Dispose();
                (_active, _file, _isNew) = (null, null, false);
                table.Remove(active);
                options.Disk.Delete(active.Path);
            }
            else
            {
                _file!.Truncate(active.SizeBytes);
            }
        }
        catch (DiskException failure)
        {
            throw new DiskException(DiskFault.Io, failure.Message, failure);
        }
    }

    private void EndStagedPart()
    {
        if (_staged > _stagedFrom)
        {
            _parts.Add(_staging.AsMemory(_stagedFrom, _staged - _stagedFrom));
            _stagedFrom = _staged;
        }
    }

    /// <summary>Forgets what was added since the last <see cref="Commit"/>.</summary>
    public void Discard()
    {
        _parts.Clear();
        (_stagedFrom, _staged, _batchBytes) = (0, 0, 0);
    }
}
