using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <summary>Reads every byte of a closed store and says what is damaged; changes nothing.</summary>
public sealed class StoreVerification(IDisk disk, string root)
{
    private readonly List<FoundDamage> _damage = [];
    private readonly Dictionary<ChunkId, long> _chunks = [];
    private long _tornBytes;

    /// <summary>Blocks.</summary>
    /// <param name="onBytes">Called with the bytes that were read since the last call.</param>
    /// <exception cref="DiskException">The disk does not answer.</exception>
    public VerificationReport Run(Action<long> onBytes, CancellationToken cancellation)
    {
        var layouts = StoreLayouts.FoundIn(disk, root);
        foreach (var layout in layouts)
        {
            if (layout == StoreLayout.Segments)
            {
                ReadSegments(onBytes, cancellation);
            }
            else
            {
                ReadFolders($"{root}/{StoreLayouts.FoldersFolder}", onBytes, cancellation);
            }
        }

        return new VerificationReport(layouts, _chunks.Count, _chunks.Values.Sum(), _tornBytes, _damage);
    }

    /// <summary>What there is to read.</summary>
    public long TotalBytes() => Below($"{root}/{StoreLayouts.SegmentsFolder}") + Below($"{root}/{StoreLayouts.FoldersFolder}");

    private long Below(string folder) =>
        disk.List(folder).Sum(entry => entry.IsFolder ? Below($"{folder}/{entry.Name}") : entry.SizeBytes);

    private void ReadSegments(Action<long> onBytes, CancellationToken cancellation)
    {
        var folder = $"{root}/{StoreLayouts.SegmentsFolder}";
        var checkpoint = Checkpoint.Read(disk, folder, static (_, _, _) => { });
        if (checkpoint is null && disk.List(folder).Any(entry => entry.Name == Checkpoint.FileName))
        {
            _damage.Add(new FoundDamage($"{folder}/{Checkpoint.FileName}", 0, null, "the checkpoint is damaged; the next start scans the segments"));
        }

        var numbers = disk.List(folder)
            .Select(entry => SegmentHeader.TryParseFileName(entry.Name, out var number) ? number : (ulong?)null)
            .OfType<ulong>().Order().ToList();
        var headers = numbers.ToDictionary(number => number, number => ReadHeader(folder, number));
        var tag = headers.Values.Select(header => header?.Tag).Append(checkpoint?.Tag).FirstOrDefault(known => known is not null);
        foreach (var number in numbers)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = $"{folder}/{SegmentHeader.FileNameOf(number)}";
            using var file = disk.Open(path, writable: false) ?? throw new DiskException(DiskFault.Io, $"{path} is gone");
            if (headers[number] is null)
            {
                _damage.Add(new FoundDamage(path, 0, null, "the segment's header is damaged"));
            }

            var said = headers.Values.FirstOrDefault(header => header?.Previous == number)?.PreviousSizeBytes;
            var known = checkpoint?.Segments.Where(segment => segment.Number == number).Select(segment => segment.SizeBytes).FirstOrDefault() ?? 0;
            var syncedBytes = number == numbers[^1] ? known : Math.Max(file.SizeBytes, (long)(said ?? 0));
            ReadSegment(path, file, tag ?? 0, syncedBytes, cancellation);
            onBytes(file.SizeBytes);
        }
    }

    private SegmentHeader? ReadHeader(string folder, ulong number)
    {
        using var file = disk.Open($"{folder}/{SegmentHeader.FileNameOf(number)}", writable: false);
        var bytes = new byte[SegmentHeader.SizeBytes];
        return file is not null && file.Read(0, bytes) == bytes.Length && SegmentHeader.Decode(bytes) is { } header && header.Number == number
            ? header
            : null;
    }

    private void ReadSegment(string path, IDiskFile file, ulong tag, long syncedBytes, CancellationToken cancellation)
    {
        var scan = new SegmentScan(file, tag, file.SizeBytes);
        var records = scan.From(SegmentHeader.SizeBytes).ToList();
        syncedBytes = Math.Max(syncedBytes, records.Select(scanned => (long)scanned.Record.SyncedBytes).DefaultIfEmpty().Max());
        var end = (long)SegmentHeader.SizeBytes;
        foreach (var scanned in records)
        {
            cancellation.ThrowIfCancellationRequested();
            NoteGap(path, end, scanned.Offset, syncedBytes);
            end = scanned.End;
            if (scanned.Record.Kind == RecordKind.Gone)
            {
                _chunks.Remove(scanned.Record.Id);
            }
            else if (scan.IsWhole(scanned))
            {
                if (scanned.Record.Kind == RecordKind.Chunk)
                {
                    _chunks[scanned.Record.Id] = scanned.Record.LengthBytes;
                }
            }
            else if (scanned.Offset < syncedBytes)
            {
                var isChunk = scanned.Record.Kind == RecordKind.Chunk;
                if (isChunk)
                {
                    _chunks.Remove(scanned.Record.Id);
                }

                _damage.Add(new FoundDamage(
                    path, scanned.Offset, scanned.Record.Id,
                    isChunk ? "the chunk's content is damaged" : "the hashes of the chunk's leaves are damaged; it is read as a whole instead"));
            }
            else
            {
                _tornBytes += file.SizeBytes - scanned.Offset;
                return;
            }
        }

        NoteGap(path, end, Math.Max(file.SizeBytes, syncedBytes), syncedBytes);
    }

    private void NoteGap(string path, long from, long to, long syncedBytes)
    {
        if (from < to && from < syncedBytes)
        {
            _damage.Add(new FoundDamage(path, from, null, $"{to - from} bytes are no record; the chunks in them are not known any more"));
        }
        else if (from < to)
        {
            _tornBytes += to - from;
        }
    }

    private void ReadFolders(string folder, Action<long> onBytes, CancellationToken cancellation)
    {
        foreach (var entry in disk.List(folder))
        {
            cancellation.ThrowIfCancellationRequested();
            var path = $"{folder}/{entry.Name}";
            if (entry.IsFolder)
            {
                ReadFolders(path, onBytes, cancellation);
            }
            else if (ChunkId.TryParse(entry.Name, out var id))
            {
                ReadFile(path, id);
                onBytes(entry.SizeBytes);
            }
        }
    }

    private void ReadFile(string path, ChunkId id)
    {
        using var file = disk.Open(path, writable: false) ?? throw new DiskException(DiskFault.Io, $"{path} is gone");
        var bytes = new byte[Math.Min(file.SizeBytes, ChunkFile.HeaderSizeBytes + ChunkFile.ChunkSizeBytesMax + 1)];
        var count = file.Read(0, bytes);
        var header = bytes.AsSpan(0, Math.Min(count, ChunkFile.HeaderSizeBytes));
        var body = bytes.AsSpan(header.Length, count - header.Length);
        if (ChunkFile.DecodeHeader(header, id, body.Length) is not null && ChunkFile.IsWhole(header, body))
        {
            _chunks[id] = body.Length;
        }
        else
        {
            _damage.Add(new FoundDamage(path, 0, id, "the file is damaged"));
        }
    }
}

/// <param name="Layouts">Both in the middle of a conversion, none when there is no chunk store.</param>
/// <param name="Chunks">Whole ones.</param>
/// <param name="Bytes">Of their ciphertext.</param>
/// <param name="TornBytes">Written and never acknowledged: the next start cuts them away.</param>
public sealed record VerificationReport(
    IReadOnlyList<StoreLayout> Layouts, long Chunks, long Bytes, long TornBytes, IReadOnlyList<FoundDamage> Damage);

/// <param name="Offset">In the file.</param>
/// <param name="Chunk">Null when its name is among what is damaged.</param>
public sealed record FoundDamage(string Path, long Offset, ChunkId? Chunk, string What);
