using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

public sealed class RecentReadsTests
{
    private readonly RecentReads _recent = new();

    [Fact]
    public void The_second_read_of_a_chunk_is_known_and_the_first_is_not()
    {
        var ids = Enumerable.Range(0, 100).Select(Id).ToList();

        Assert.Equal(ids.Select(_ => false), ids.Select(_recent.Note));
        // Some have had to make room for others.
        Assert.InRange(ids.Count(_recent.Note), 90, 100);
    }

    [Fact]
    public void Who_reads_everything_once_pushes_out_what_was_read_before()
    {
        _recent.Note(Id(-1));
        for (var i = 0; i < 20 * RecentReads.ChunksMax; i++)
        {
            _recent.Note(Id(i));
        }

        Assert.False(_recent.Note(Id(-1)));
    }

    private static ChunkId Id(int seed) => new(TestBytes.Random(seed, Bytes32.SizeBytes));
}
