using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Contracts;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

/// <summary>The contract on the host's disk, and how it looks there.</summary>
public sealed class FolderChunkStoreTests : ChunkStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    private string Root => Path.Combine(_folder.Path, "chunks");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_chunk_lies_below_the_pieces_of_its_id()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);

        var file = Assert.Single(Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories));

        var hex = chunk.Id.ToString();
        var pieces = Enumerable.Range(0, 2).Select(i => hex.Substring(5 * i, 5));
        Assert.Equal(Path.Combine([Root, "by-id", .. pieces, hex]), file);
        Assert.Equal(chunk.Bytes, (await File.ReadAllBytesAsync(file))[ChunkFile.HeaderSizeBytes..]);
    }

    [Fact]
    public async Task What_an_unfinished_put_left_is_removed_at_the_next_start()
    {
        var leftOver = Path.Combine(Root, "temp", "17");
        await File.WriteAllTextAsync(leftOver, "half a chunk");

        await Restart();

        Assert.False(File.Exists(leftOver));
    }

    protected override IChunkStore Open() => FolderChunkStore.Open(
        new FolderChunkStoreOptions(HostDisk.Instance, Root, new BufferPool()) { ReserveBytes = 0 });
}
