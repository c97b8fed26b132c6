using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Catalog;

public sealed class SeenCountersTests
{
    private readonly SeenCounters _seen = new();

    [Fact]
    public void A_read_never_lowers_what_is_known_and_a_change_says_what_it_is()
    {
        _seen.Read(Id(1), 5);
        _seen.Read(Id(1), 3);
        Assert.Equal(5UL, _seen.Of(Id(1)));
        Assert.Equal(0UL, _seen.Of(Id(2)));

        _seen.Set(Id(1), 4);
        Assert.Equal(4UL, _seen.Of(Id(1)));
    }

    [Fact]
    public void Of_more_files_than_it_has_room_for_it_knows_the_newest_and_never_a_wrong_one()
    {
        const int Files = 3 * SeenCounters.RegistersMax;
        for (var i = 0; i < Files; i++)
        {
            _seen.Read(Id(i), (ulong)i + 1);
        }

        Assert.All(Enumerable.Range(0, Files), i => Assert.True(_seen.Of(Id(i)) is 0 || _seen.Of(Id(i)) == (ulong)i + 1));
        Assert.All(Enumerable.Range(Files - 10, 10), i => Assert.Equal((ulong)i + 1, _seen.Of(Id(i))));
    }

    private static RegisterId Id(int seed) => new(new Bytes32(TestBytes.Random(seed, Bytes32.SizeBytes)));
}
