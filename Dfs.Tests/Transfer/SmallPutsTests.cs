using Dfs.Core.Transfer;

namespace Dfs.Tests.Transfer;

public sealed class SmallPutsTests
{
    [Fact]
    public void As_many_as_wait_go_together_up_to_a_count_and_a_size()
    {
        Assert.Equal(0, SmallPuts.CountNext([]));
        Assert.Equal(3, SmallPuts.CountNext([1, 2, 3]));
        Assert.Equal(SmallPuts.ChunksMax, SmallPuts.CountNext(Enumerable.Repeat(0, 1000)));
        Assert.Equal(4, SmallPuts.CountNext(Enumerable.Repeat(SmallPuts.ChunkBytesMax, 1000)));
        Assert.Equal(3, SmallPuts.CountNext([SmallPuts.ChunkBytesMax, SmallPuts.ChunkBytesMax, SmallPuts.ChunkBytesMax + 1, SmallPuts.ChunkBytesMax, 1]));
    }
}
