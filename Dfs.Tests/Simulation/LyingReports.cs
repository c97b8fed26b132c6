using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Simulation;

/// <summary>A layout change that ends early, because members say of what they were given that they have it: nothing acknowledged is lost.</summary>
public class LyingReports
{
    private const int SeedsMax = 100;

    [Theory, Seeds(40)]
    public void What_was_acknowledged_is_readable_again_when_those_that_left_kept_it(int seed) => Assert.Equal("", Run(seed, BrokenRule.None));

    [Fact]
    public void It_is_lost_where_those_that_leave_erase_on_anothers_word() =>
        Assert.Contains(Enumerable.Range(0, SeedsMax), seed => Run(seed, BrokenRule.ErasesOnOthersWord).Length > 0);

    /// <summary>Writes, a change whose newcomers lie, and reads at the end of what nobody has changed since.</summary>
    /// <returns>What is not readable any more; empty when all is.</returns>
    private static string Run(int seed, BrokenRule broken)
    {
        var world = new SimWorld(seed) { IsCalm = true };
        var cluster = new SimCluster(world, broken);
        var keeper = new SimOperator(cluster, [], null);
        var written = new Dictionary<RowKey, ReadOnlyMemory<byte>>();
        for (var round = 0; round < 3; round++)
        {
            foreach (var key in SimCluster.Keys)
            {
                var (by, payload, id) = (cluster.Nodes[world.Random.Next(3)], world.Random.Next(1, 1000), cluster.NextOperationId());
                by.Submit(cluster.Operation(key, id, view => new WriteValue(SimValue.After(view, payload, id)), Epoch.First), outcome =>
                {
                    if (outcome is ChangeDone done)
                    {
                        written[key] = done.Value;
                    }
                });
                world.RunUntil(world.Now + 200);
            }
        }

        Assert.Equal(SimCluster.Keys.Length, written.Count);

        // The newcomers, one or two of three replicas, say that they have pulled, and have nothing.
        var stays = world.Random.Next(1, 3);
        LayoutMember[] next = [.. SimCluster.FirstLayout.Members.OrderBy(_ => world.Random.Next()).Take(stays), Members.Member(4), Members.Member(5)];
        var joint = SimLayouts.Change(SimCluster.FirstLayout, [.. next.Take(3).OrderBy(member => member.Id)]);
        foreach (var layout in new[] { joint, SimLayouts.Finish(joint) })
        {
            cluster.Nodes.ToList().ForEach(node => node.Install(layout, Epoch.First));
            world.RunUntil(world.Now + 100);
        }

        // The ones that left are up now and then; half of the time one of the newcomers is restarted meanwhile.
        for (var pass = 0; pass < 60; pass++)
        {
            foreach (var node in cluster.Nodes.Where(node => node.Rows.Kept.Count > 0))
            {
                keeper.SettleKept(node, node.Layout!, node.Rows.Kept[world.Random.Next(node.Rows.Kept.Count)]);
            }

            if (world.Chance(10))
            {
                var node = cluster.Nodes[world.Random.Next(5)];
                node.Crash();
                world.After(world.Random.Next(100), node.Restart);
            }

            world.RunUntil(world.Now + 100);
        }

        var lost = new List<string>();
        foreach (var (key, value) in written)
        {
            ProposerOutcome? seen = null;
            cluster.AnyUp()!.Submit(cluster.Operation(key, null, null, Epoch.First), outcome => seen = outcome);
            world.RunUntil(world.Now + 1_000);
            if (seen is not ReadDone { View.Value: { } read } || !read.Span.SequenceEqual(value.Span))
            {
                lost.Add($"seed {seed}: {key.Register} was acknowledged and is {seen}");
            }
        }

        var left = cluster.Nodes.Sum(node => node.Rows.Kept.Count);
        return string.Join('\n', left > 0 ? lost.Append($"seed {seed}: {left} rows are still kept") : lost);
    }
}
