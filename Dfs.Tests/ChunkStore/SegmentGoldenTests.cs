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

    private SegmentChunkStore Open() => SegmentChunkStore.Open(
        new SegmentChunkStoreOptions(_disk, "/chunks", new BufferPool()) { DrawTag = () => 0x1122334455667788, MarkAfter = TimeSpan.FromHours(1) });
}
