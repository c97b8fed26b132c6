using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

public sealed class ChunkStoresTests
{
    private readonly SimDisk _disk = new();

    [Fact]
    public async Task A_new_directory_gets_segments()
    {
        await using var store = Assert.IsType<ChunkStoresOutcome.Opened>(Open(null)).Store;

        Assert.IsType<SegmentChunkStore>(store);
    }

    [Theory]
    [InlineData(StoreLayout.Segments)]
    [InlineData(StoreLayout.Folders)]
    public async Task What_is_there_decides_and_another_wish_is_refused(StoreLayout layout)
    {
        var chunk = SampleChunk.Of(1, 100);
        await using (var store = Assert.IsType<ChunkStoresOutcome.Opened>(Open(layout)).Store)
        {
            Assert.True((await store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, CancellationToken.None)).IsDurable);
        }

        await using (var again = Assert.IsType<ChunkStoresOutcome.Opened>(Open(null)).Store)
        {
            Assert.True(again.Contains(chunk.Id));
        }

        var other = layout == StoreLayout.Segments ? StoreLayout.Folders : StoreLayout.Segments;
        Assert.Equal(layout, Assert.IsType<ChunkStoresOutcome.OtherLayout>(Open(other)).Found);
    }

    private ChunkStoresOutcome Open(StoreLayout? wanted)
    {
        _disk.CreateFolder("/data");
        return ChunkStores.Open(_disk, "/data/chunks", new BufferPool(), wanted, _ => { });
    }
}
