using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

/// <summary>Stored bytes of each version still decode, and the same calls still write them: docs/formats/segment.md.</summary>
public sealed class SegmentGoldenTests
{
    private const string Folder = "/chunks/segments";
    private const string Segment = $"{Folder}/000000000001.segment";
    private const string Checkpoint = $"{Folder}/checkpoint";

    private static readonly ChunkId Kept = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private static readonly ChunkId Deleted = new([.. Enumerable.Range(0, 32).Select(i => (byte)(255 - i))]);

    private readonly SimDisk _disk = new();

    [Fact]
    public async Task The_same_calls_write_the_golden_bytes()
    {
        await using (var store = Open())
        {
            await store.PutAsync(Kept, "sealed"u8.ToArray(), new Epoch(258), CancellationToken.None);
            await store.PutAsync(Deleted, "gone!"u8.ToArray(), Epoch.First, CancellationToken.None);
            await store.PinAsync(Kept, new Epoch(259), CancellationToken.None);
            await store.DeleteAsync(Deleted, CancellationToken.None);
        }

        Assert.Equal(Golden("segment-1.golden"), Hex(Segment));
        Assert.Equal(Golden("checkpoint-1.golden"), Hex(Checkpoint));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_golden_bytes_open_with_and_without_their_checkpoint(bool hasCheckpoint)
    {
        foreach (var folder in new[] { "/chunks", Folder })
        {
            _disk.CreateFolder(folder);
        }

        Write(Segment, "segment-1.golden");
        if (hasCheckpoint)
        {
            Write(Checkpoint, "checkpoint-1.golden");
        }

        await using var store = Open();

        using var lease = await store.ReadAsync(Kept, CancellationToken.None);
        Assert.True(lease!.Ciphertext.Span.SequenceEqual("sealed"u8));
        Assert.False(store.Contains(Deleted));
        Assert.Equal(1, store.State.Chunks);
        // A pin that is there costs nothing, so nothing is written for it.
        _disk.Faults = (call, _) => call == "write" ? DiskFault.Io : null;
        Assert.True(await store.PinAsync(Kept, new Epoch(259), CancellationToken.None));
        _disk.Faults = (_, _) => null;
    }

    [Fact]
    public async Task The_hashes_of_a_chunks_leaves_stand_behind_it()
    {
        var bytes = TestBytes.Pattern(ChunkTree.LeafBytes + 1);
        var id = ChunkTree.IdOf(bytes);
        await using (var store = Open())
        {
            await store.PutAsync(id, bytes, LeafHashes.Of(bytes), Epoch.First, CancellationToken.None);
        }

        var at = SegmentHeader.SizeBytes + SegmentRecord.SizeOf(bytes.Length);
        Assert.Equal(Golden("leaves-1.golden"), Hex(Segment)[(2 * at)..(2 * (at + SegmentRecord.SizeOf(2 * Bytes32.SizeBytes)))]);

        // They are what a part is read by: with the rest of the chunk out of reach it still is.
        await using var again = Open();
        var readBefore = _disk.ReadBytes;
        using var leaf = await again.ReadLeavesAsync(id, 1, 1, CancellationToken.None);
        Assert.True(leaf!.IsOf(id));
        Assert.InRange(_disk.ReadBytes - readBefore, 1, 1000);
    }

    [Fact]
    public async Task Damaged_hashes_cost_the_reading_of_the_whole_chunk_and_nothing_else()
    {
        var bytes = TestBytes.Pattern(3 * ChunkTree.LeafBytes);
        var id = ChunkTree.IdOf(bytes);
        await using var store = Open();
        await store.PutAsync(id, bytes, LeafHashes.Of(bytes), Epoch.First, CancellationToken.None);
        var at = SegmentHeader.SizeBytes + SegmentRecord.SizeOf(bytes.Length);
        foreach (var bit in new[] { 8 * 5, 8 * 20, 8 * 100 })
        {
            _disk.Rot(Segment, (8 * at) + bit);

            using var leaf = await store.ReadLeavesAsync(id, 1, 1, CancellationToken.None);
            Assert.True(leaf!.IsOf(id));
            Assert.Equal(0, store.State.Quarantined);
        }
    }

    [Fact]
    public async Task They_move_with_the_chunk_when_a_segment_is_written_again()
    {
        var chunks = Enumerable.Range(1, 4).Select(seed => TestBytes.Random(seed, 2 * ChunkTree.LeafBytes)).ToList();
        var store = Open(segmentSizeBytes: 4 * ChunkTree.LeafBytes);
        foreach (var bytes in chunks)
        {
            await store.PutAsync(ChunkTree.IdOf(bytes), bytes, LeafHashes.Of(bytes), Epoch.First, CancellationToken.None);
        }

        var (id, segments) = (ChunkTree.IdOf(chunks[0]), _disk.FilesBelow(Folder).Count);
        await store.PutAsync(SampleChunk.Of(1, 0).Id, new byte[2 * ChunkTree.LeafBytes], Epoch.First, CancellationToken.None);
        for (var gone = 1; gone < 4; gone++)
        {
            await store.DeleteAsync(ChunkTree.IdOf(chunks[gone]), CancellationToken.None);
        }

        await store.CompactAsync(CancellationToken.None);

        Assert.True(_disk.FilesBelow(Folder).Count < segments);
        await store.DisposeAsync();
        await using var again = Open();
        var readBefore = _disk.ReadBytes;
        using var leaf = await again.ReadLeavesAsync(id, 1, 1, CancellationToken.None);
        Assert.True(leaf!.IsOf(id));
        Assert.InRange(_disk.ReadBytes - readBefore, ChunkTree.LeafBytes, ChunkTree.LeafBytes + 1000);
    }

    private static string Golden(string name) =>
        string.Concat(SourceTree.Read($"Dfs.Tests/ChunkStore/{name}").Split('\n', StringSplitOptions.TrimEntries));

    private string Hex(string path)
    {
        using var file = _disk.Open(path, writable: false)!;
        var bytes = new byte[file.SizeBytes];
        file.Read(0, bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private void Write(string path, string golden)
    {
        using var file = _disk.Create(path);
        file.Write(0, Convert.FromHexString(Golden(golden)));
        file.Sync();
        _disk.SyncFolders(["/", "/chunks", Folder]);
    }

    private SegmentChunkStore Open(long segmentSizeBytes = 256L << 20) => SegmentChunkStore.Open(
        new SegmentChunkStoreOptions(_disk, "/chunks", new BufferPool())
        {
            DrawTag = () => 0x1122334455667788,
            MarkAfter = TimeSpan.FromHours(1),
            SegmentSizeBytes = segmentSizeBytes,
        });
}
