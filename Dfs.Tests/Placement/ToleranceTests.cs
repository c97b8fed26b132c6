using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

public sealed class ToleranceTests
{
    // Oracle: every set of nodes that may stop is tried, and the partitions are asked one by one.
    [Theory, Seeds(12)]
    public void The_number_is_what_any_set_of_nodes_of_that_size_shows(int seed)
    {
        var random = new Random(seed);
        var single = First(random.Next(1, 7), factor: random.Next(1, 6));
        var layout = random.Next(2) == 0 ? single : single.ChangeStart([.. single.Members, Member(9)]);
        var everyone = layout.Everyone.Select(member => member.Id).ToList();
        var here = everyone.Where(_ => random.Next(6) > 0).ToHashSet();

        var number = Tolerance.MayFail(layout, here);

        var worst = Enumerable.Range(0, 1 << here.Count)
            .Select(bits => here.Where((_, index) => (bits & (1 << index)) != 0).ToHashSet())
            .Where(stopped => !Tolerance.IsServed(layout, here.Except(stopped).ToHashSet()))
            .Select(stopped => stopped.Count).DefaultIfEmpty(here.Count + 1).Min();
        Assert.Equal(Math.Max(0, worst - 1), number);
        Assert.True(Tolerance.IsServed(layout, here) || number == 0);
    }

    [Fact]
    public void A_plan_names_who_gets_what_and_bytes_as_they_lie_now()
    {
        var joint = First(3).ChangeStart([.. First(3).Members, Member(4)]);
        var held = First(3).Members.ToDictionary(member => member.Id, _ => 1_024_000L);

        var move = Assert.Single(PlannedMove.Of(joint, held));

        Assert.Equal(Id(4), move.Member.Id);
        Assert.Equal(Shares(joint.Finish())[Id(4)], move.Partitions);
        Assert.Equal(move.Partitions * 1_000L, move.Bytes);
        Assert.Equal(0, Assert.Single(PlannedMove.Of(joint, new Dictionary<ReplicaId, long>())).Bytes);
    }
}
