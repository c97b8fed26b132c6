using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

public sealed class RecentReadsTests
{
    private readonly RecentReads _recent = new();

    [Fact]
    public void A_chunk_is_read_often_from_the_third_read_on()
    {
        var ids = Enumerable.Range(0, 100).Select(Id).ToList();

        Assert.Equal(ids.Select(_ => false), ids.Select(_recent.Note));
        Assert.Equal(ids.Select(_ => false), ids.Select(_recent.Note));
        // Some have had to make room for others.
        Assert.InRange(ids.Count(_recent.Note), 90, 100);
        Assert.InRange(ids.Count(_recent.Note), 90, 100);
    }

    [Fact]
    public void Who_reads_everything_once_pushes_out_what_was_read_before()
    {
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(_ => _recent.Note(Id(-1))));
        for (var i = 0; i < 20 * RecentReads.ChunksMax; i++)
        {
            _recent.Note(Id(i));
        }

        Assert.False(_recent.Note(Id(-1)));
    }

    private static ChunkId Id(int seed) => new(TestBytes.Random(seed, Bytes32.SizeBytes));
}
