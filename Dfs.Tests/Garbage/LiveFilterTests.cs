using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Garbage;

public class LiveFilterTests
{
    // Property: what was added is never said to be gone, however full it is.
    [Theory, Seeds(5)]
    public void What_is_alive_is_always_found(int seed)
    {
        var filter = new LiveFilter(seed * 500, (ulong)seed * 7919);
        var alive = Enumerable.Range(0, 20_000).Select(number => Id(seed, number)).ToList();

        alive.ForEach(filter.Add);

        Assert.All(alive, id => Assert.True(filter.MayContain(id)));
    }

    // Fixed ids and salts, so the counts are always the same ones.
    [Fact]
    public void Of_what_is_not_alive_few_are_kept_and_others_with_another_salt()
    {
        var kept = Enumerable.Range(1, 2).Select(salt =>
        {
            var filter = new LiveFilter(8_000, (ulong)salt);
            Enumerable.Range(0, 16_000).Select(number => Id(1, number)).ToList().ForEach(filter.Add);
            return Enumerable.Range(0, 20_000).Select(number => Id(2, number)).Where(filter.MayContain).ToHashSet();
        }).ToList();

        Assert.All(kept, ids => Assert.InRange(ids.Count, 1, 1_000));
        Assert.InRange(kept[0].Intersect(kept[1]).Count(), 0, 50);
    }

    [Fact]
    public void It_takes_no_more_memory_than_it_may() =>
        Assert.Equal(32L * 1024 * 1024, new LiveFilter(long.MaxValue, 1).SizeBytes);

    private static ChunkId Id(int seed, int number) =>
        new(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(((long)seed << 32) + number)));
}
