using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;

namespace Dfs.Tests.Kit;

/// <summary>A chunk as it lies in a node's files, in either layout.</summary>
/// <param name="At">Of its record in the file.</param>
/// <param name="SizeBytes">Of the record.</param>
internal sealed record StoredChunk(ChunkId Id, string Path, long At, long SizeBytes, bool IsIntact)
{
    /// <summary>Everything below a store's folder that is, or was, a chunk; in segments also records that a later one replaces.</summary>
    public static IReadOnlyList<StoredChunk> Below(string root) =>
        [.. InFolders(FolderIn(root, "by-id")), .. InSegments(FolderIn(root, "segments"))];

    public void FlipOneByte()
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Position = At + (SizeBytes * 2 / 3);
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    private static string FolderIn(string root, string name) => System.IO.Path.Combine(root, name);

    private static IEnumerable<StoredChunk> InFolders(string folder)
    {
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [])
        {
            if (ChunkId.TryParse(System.IO.Path.GetFileName(path), out var id))
            {
                var bytes = File.ReadAllBytes(path);
                var (header, body) = (bytes[..ChunkFile.HeaderSizeBytes], bytes[ChunkFile.HeaderSizeBytes..]);
                var isIntact = ChunkFile.DecodeHeader(header, id, body.Length) is not null && ChunkFile.IsWhole(header, body);
                yield return new StoredChunk(id, path, 0, bytes.Length, isIntact);
            }
        }
    }

    private static IEnumerable<StoredChunk> InSegments(string folder)
    {
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.segment") : [])
        {
            using var file = HostDisk.Instance.Open(path, writable: false)!;
            var bytes = new byte[SegmentHeader.SizeBytes];
            if (file.Read(0, bytes) < bytes.Length || SegmentHeader.Decode(bytes) is not { } header)
            {
                continue;
            }

            var scan = new SegmentScan(file, header.Tag, file.SizeBytes);
            foreach (var found in scan.From(SegmentHeader.SizeBytes).Where(found => found.Record.Kind == RecordKind.Chunk))
            {
                yield return new StoredChunk(found.Record.Id, path, found.Offset, found.Record.SizeBytes, scan.IsWhole(found));
            }
        }
    }
}
