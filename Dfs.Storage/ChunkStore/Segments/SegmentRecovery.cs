using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Finds out, when a store is opened, what it has: by the checkpoint as far as that goes, by scanning the rest.</summary>
/// <remarks>
/// The last segment may end in a batch that was never acknowledged. How much of it was synced is told by its own records, by
/// the checkpoint, and for every other segment by the one after it. A bad record below that is damage; above it is a torn tail
/// and cut away. What stays above it is written once more before it is synced: after a failed sync a system may take pages
/// for clean that the disk does not have.
/// </remarks>
internal sealed class SegmentRecovery(
    SegmentChunkStoreOptions options, SegmentTable table, PackedIndex index, SegmentLog log, QuarantineFolder quarantine)
{
    private readonly Dictionary<ulong, SegmentHeader?> _headers = [];
    private readonly Dictionary<ulong, ulong> _sizeSaidByNext = [];
    private readonly HashSet<ChunkId> _unresolved = [];

    /// <summary>Chunks that the checkpoint has and the disk has not.</summary>
    public IReadOnlyCollection<ChunkId> Missing => _unresolved;

    /// <summary>What was found on the disk; null when it was missing or damaged.</summary>
    public CheckpointHead? Checkpoint { get; private set; }

    /// <summary>Fills table and index, and cuts the tail; blocks.</summary>
    /// <exception cref="DiskException">The disk does not answer.</exception>
    public void Run()
    {
        FindSegments();
        var head = Checkpoint = LoadCheckpoint();
        var known = _headers.Values.Select(header => header?.Tag).Append(head?.Tag).FirstOrDefault(tag => tag is not null);
        table.Tag = known ?? TagOfFirstRecord() ?? options.DrawTag();
        var segments = table.All;
        foreach (var segment in segments.SkipLast(1))
        {
            Replay(segment, ReplayFrom(segment, head));
        }

        if (segments.Count > 0)
        {
            RecoverLast(segments[^1], ReplayFrom(segments[^1], head), head, isTagKnown: known is not null);
        }

        _unresolved.RemoveWhere(id => index.TryFind(id, out _));
    }

    // All headers are damaged, so probably there is one segment: its first record is the next best witness.
    private ulong? TagOfFirstRecord()
    {
        if (table.Last is not { } segment || table.Use(segment) is not { } use)
        {
            return null;
        }

        using (use)
        {
            Span<byte> head = stackalloc byte[SegmentRecord.HeadSizeBytesMax];
            return SegmentRecord.TagOf(head[..use.File.Read(SegmentHeader.SizeBytes, head)]);
        }
    }

    private static long ReplayFrom(Segment segment, CheckpointHead? head)
    {
        var from = head is null || segment.Number > head.ReplaySegment ? SegmentHeader.SizeBytes
            : segment.Number == head.ReplaySegment ? head.ReplayOffset
            : segment.SizeBytes;
        return Math.Min(from, segment.SizeBytes);
    }

    private void FindSegments()
    {
        var found = new SortedDictionary<ulong, long>();
        foreach (var entry in options.Disk.List(options.SegmentsPath).Where(entry => !entry.IsFolder))
        {
            if (SegmentHeader.TryParseFileName(entry.Name, out var number))
            {
                found.Add(number, entry.SizeBytes);
            }
        }

        foreach (var (number, sizeBytes) in found)
        {
            var path = $"{options.SegmentsPath}/{SegmentHeader.FileNameOf(number)}";
            var header = ReadHeader(path);
            _headers[number] = header?.Number == number ? header : null;
            if (_headers[number] is { } whole)
            {
                _sizeSaidByNext[whole.Previous] = whole.PreviousSizeBytes;
            }

            var segment = table.TryAdd(number, path)
                ?? throw new DiskException(DiskFault.Io, $"{options.SegmentsPath} holds more than {RecordPlace.SlotsMax} segments");
            segment.SizeBytes = sizeBytes;
        }
    }

    private SegmentHeader? ReadHeader(string path)
    {
        using var file = options.Disk.Open(path, writable: false);
        Span<byte> bytes = stackalloc byte[SegmentHeader.SizeBytes];
        return file is null ? null : SegmentHeader.Decode(bytes[..file.Read(0, bytes)]);
    }

    private CheckpointHead? LoadCheckpoint()
    {
        var rows = new List<IReadOnlyList<CheckpointRow>>();
        if (Segments.Checkpoint.Read(options.Disk, options.SegmentsPath, (_, _, found) => rows.Add(found)) is not { } head)
        {
            return null;
        }

        foreach (var (number, _) in head.Segments)
        {
            table.NoteNumber(number);
        }

        var segments = head.Segments.Select(segment => table.Numbered(segment.Number)).OfType<Segment>()
            .ToDictionary(segment => segment.Number);
        foreach (var ofPartition in rows.Where(found => found.Count > 0))
        {
            index.Reserve(ofPartition[0].Id.Partition, ofPartition.Count);
            foreach (var row in ofPartition)
            {
                if (segments.TryGetValue(row.Segment, out var segment))
                {
                    Put(segment, row.Offset, row.Id, row.Pin, row.LengthBytes);
                }
                else
                {
                    // Compacted since: then it turns up further on in the log.
                    _unresolved.Add(row.Id);
                }
            }
        }

        return head;
    }

    // Not the last one: it was synced as a whole before the next was made, so what is no record is damage.
    private void Replay(Segment segment, long from)
    {
        if (from >= segment.SizeBytes)
        {
            return;
        }

        using var use = table.Use(segment) ?? throw new DiskException(DiskFault.Io, $"{segment.Path} is gone");
        var end = from;
        foreach (var scanned in new SegmentScan(use.File, table.Tag, segment.SizeBytes).From(from))
        {
            NoteDamage(segment, use.File, end, scanned.Offset);
            Apply(segment, scanned);
            end = scanned.End;
        }

        var saidBytes = (long)Math.Min(_sizeSaidByNext.GetValueOrDefault(segment.Number), (ulong)RecordPlace.OffsetMax);
        NoteDamage(segment, use.File, end, Math.Max(segment.SizeBytes, saidBytes));
    }

    private void RecoverLast(Segment segment, long from, CheckpointHead? head, bool isTagKnown)
    {
        var file = options.Disk.Open(segment.Path, writable: true)
            ?? throw new DiskException(DiskFault.Io, $"{segment.Path} is gone");
        var isResumed = false;
        try
        {
            var scan = new SegmentScan(file, table.Tag, segment.SizeBytes);
            var records = scan.From(from).ToList();
            var syncedBytes = records.Select(scanned => (long)scanned.Record.SyncedBytes)
                .Concat(head?.Segments.Where(known => known.Number == segment.Number).Select(known => known.SizeBytes) ?? [])
                .DefaultIfEmpty().Max();
            if (records.Count == 0 && syncedBytes == 0)
            {
                // Made for a batch that was never acknowledged, or unreadable from the first byte to the last.
                RemoveLast(segment, isTagKnown);
                return;
            }

            var (end, isDamaged) = (from, _headers[segment.Number] is null);
            foreach (var scanned in records)
            {
                var isTorn = scanned.Offset == end
                    ? scanned.Offset >= syncedBytes && !scan.IsWhole(scanned)
                    : scanned.Offset > syncedBytes;
                if (isTorn)
                {
                    break;
                }

                isDamaged |= NoteDamage(segment, file, end, scanned.Offset);
                Apply(segment, scanned);
                end = scanned.End;
            }

            isDamaged |= NoteDamage(segment, file, end, syncedBytes);
            EndAt(segment, file, Math.Max(end, syncedBytes), syncedBytes);
            isResumed = !isDamaged && segment.SizeBytes < options.SegmentSizeBytes;
        }
        finally
        {
            if (isResumed)
            {
                log.Resume(segment, file);
            }
            else
            {
                file.Dispose();
            }
        }
    }

    private void EndAt(Segment segment, IDiskFile file, long end, long syncedBytes)
    {
        var isTorn = segment.SizeBytes > end;
        if (isTorn)
        {
            file.Truncate(end);
        }

        Rewrite(file, syncedBytes, end);
        if (isTorn || syncedBytes < end)
        {
            file.Sync();
            options.Disk.SyncFolders([options.SegmentsPath]);
        }

        segment.SizeBytes = end;
    }

    private static void Rewrite(IDiskFile file, long from, long to)
    {
        var bytes = new byte[Math.Clamp(to - from, 0, 1024 * 1024)];
        for (var at = from; at < to; at += bytes.Length)
        {
            var count = file.Read(at, bytes.AsSpan(0, (int)Math.Min(bytes.Length, to - at)));
            file.Write(at, bytes.AsMemory(0, count));
        }
    }

    // With the tag known, any record in it would have been found: what a crash left of making it is no damage.
    private void RemoveLast(Segment segment, bool isTagKnown)
    {
        table.Remove(segment);
        if (!isTagKnown && _headers[segment.Number] is null && segment.SizeBytes > 0)
        {
            quarantine.KeepFile(segment.Path, segment.Number);
        }
        else
        {
            options.Disk.Delete(segment.Path);
        }

        options.Disk.SyncFolders([options.SegmentsPath]);
    }

    private void Apply(Segment segment, ScannedRecord scanned)
    {
        var record = scanned.Record;
        switch (record.Kind)
        {
            case RecordKind.Chunk:
                Put(segment, scanned.Offset, record.Id, record.Pin, record.LengthBytes);
                break;
            case RecordKind.Pin:
                index.RaisePin(record.Id, record.Pin);
                break;
            case RecordKind.Gone:
                _unresolved.Remove(record.Id);
                Leave(index.Remove(record.Id));
                break;
        }
    }

    private void Put(Segment segment, long offset, ChunkId id, Epoch pin, int lengthBytes)
    {
        var highest = index.TryFind(id, out var known) && known.Pin.CompareTo(pin) > 0 ? known.Pin : pin;
        var place = new RecordPlace(segment.Slot, offset, lengthBytes);
        segment.LiveBytes += place.SizeBytes;
        Leave(index.Set(id, place, highest));
    }

    private void Leave(RecordPlace? old)
    {
        if (old is { } place)
        {
            table.At(place.Slot)!.LiveBytes -= place.SizeBytes;
        }
    }

    // The ids are not known: they stood in the heads. The layout's comparison with other nodes finds what is missing.
    private bool NoteDamage(Segment segment, IDiskFile file, long from, long to)
    {
        if (from < to)
        {
            quarantine.KeepRange(file, segment.Number, from, to);
        }

        return from < to;
    }
}
