using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Repair;

public sealed class PartitionSetTests
{
    // Property: it behaves as a set of partitions does, and survives its encoding.
    [Theory, Seeds(50)]
    public void It_is_a_set(int seed)
    {
        var random = new Random(seed);
        var (left, right) = (Some(random), Some(random));
        var (first, second) = (PartitionSet.Of(left), right.Aggregate(PartitionSet.Empty, (set, partition) => set.Add(partition)));

        Assert.Equal(left.Count, first.Count);
        Assert.Equal(left, PartitionId.All.Where(first.Contains));
        Assert.Equal(left.Except(right).Order(), first.Without(second));
        Assert.Equal(PartitionSet.Of(left.Union(right)), first.Union(second));
        Assert.True(PartitionSet.TryDecode(first.ToArray(), out var decoded));
        Assert.Equal(first, decoded);
    }

    [Fact]
    public void Another_length_is_refused()
    {
        Assert.False(PartitionSet.TryDecode(new byte[127], out _));
        Assert.False(PartitionSet.TryDecode(new byte[129], out _));
    }

    private static SortedSet<PartitionId> Some(Random random) =>
        [.. PartitionId.All.Where(_ => random.Next(3) == 0)];
}
