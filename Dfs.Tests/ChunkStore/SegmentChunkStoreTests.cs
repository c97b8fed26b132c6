using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Contracts;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

/// <summary>The contract on the host's disk, in segments, and how they look there.</summary>
public sealed class SegmentChunkStoreTests : ChunkStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    private string Root => Path.Combine(_folder.Path, "chunks");

    private string Segments => Path.Combine(Root, "segments");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Chunks_lie_side_by_side_in_one_file()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Put(SampleChunk.Of(i, 1000))));
        await Store.DisposeAsync();

        Assert.Equal(["000000000001.segment", "checkpoint"], Directory.EnumerateFiles(Segments).Select(Path.GetFileName).Order());
        // 72 bytes of head and 16-byte alignment, the segment's header, and one mark of a clean stop.
        Assert.Equal(64 + (100 * 1072) + 80, new FileInfo(Path.Combine(Segments, "000000000001.segment")).Length);
    }

    [Fact]
    public async Task Without_its_checkpoint_a_store_opens_as_it_was()
    {
        var chunks = Enumerable.Range(0, 300).Select(i => SampleChunk.Of(i, 100 * i)).ToList();
        await Task.WhenAll(chunks.Select(chunk => Put(chunk)));
        Assert.True(await Store.DeleteAsync(chunks[7].Id, None));
        var before = Store.State;
        await Store.DisposeAsync();
        File.Delete(Path.Combine(Segments, "checkpoint"));

        await Restart();

        Assert.Equal(before, Store.State);
        foreach (var chunk in chunks.Where(chunk => chunk.Id != chunks[7].Id))
        {
            await AssertHas(chunk);
        }
    }

    protected override IChunkStore Open() => SegmentChunkStore.Open(
        new SegmentChunkStoreOptions(HostDisk.Instance, Root, new BufferPool()) { ReserveBytes = 0 });
}
