using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Tests.Kit;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Membership;

/// <summary>A node is started again with another weight, and gets its share of what is there, and nothing else moves; then with another zone, and no two copies are in it.</summary>
public sealed class ChangedWeightSpec : Akka.TestKit.Xunit2.TestKit
{
    private const int Files = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public ChangedWeightSpec()
        : base("akka.loglevel = ERROR") { }

    [Fact]
    public async Task Data_follows_a_new_weight_and_hardly_more_moves_than_must_and_leaves_a_zone_that_has_a_copy_already()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3), expect: 4);
        await nodes.StartAsync(1, 2, 3, 4);
        await UntilAsync(nodes, status => status.Ready);
        var contents = Enumerable.Range(0, Files).Select(number => TestBytes.Random(number, 20_000)).ToList();
        for (var number = 0; number < Files; number++)
        {
            Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1 + (number % 4)], $"file {number}", contents[number]));
        }

        // A put does not wait for a slow third replica.
        Assert.Equal(DfsOutcome.Done, nodes[1].View.Repairs.Run(RepairCommand.Now).Outcome);
        await UntilAsync(nodes, status => status.Redundancy is { IsCounted: true, Chunks: { Chunks: Files, Fewer: 0 } } && Held(nodes) == 3 * status.Redundancy.Chunks.Bytes);
        await nodes.StopAsync(4);
        // What it had copied itself is not counted any more, and begins anew with it.
        await UntilAsync(nodes, status => status.Peers.All(peer => peer.Name != NameOf(4) || peer.State is not "up" and not "leaving" and not "exiting") && SayTheSame(nodes));
        var movedBefore = nodes[1].View.Status().Repair.MovedBytes;
        nodes.Weights[4] = 400;
        await nodes.StartAsync(4);
        var had = nodes[4].View.Status().Store.UsedBytes;

        await UntilAsync(nodes, status => status is { Ready: true, LayoutChanging: false, Layout: >= 3, Redundancy: { IsCounted: true, Chunks: { Chunks: Files, Missing: 0 } } }
            && Held(nodes) == 3 * status.Redundancy.Chunks.Bytes && SayTheSame(nodes));

        // It alone has gained, and the others have only lost: what must move is what it has got.
        var (got, moved) = (nodes[4].View.Status().Store.UsedBytes - had, nodes[1].View.Status().Repair.MovedBytes - movedBefore);
        Assert.InRange(got, 1, long.MaxValue);
        // A chunk may be on its way twice, pulled and handed over; one of these files is a fifteenth of all.
        Assert.InRange(moved, 1, (long)(1.1 * got) + (2 * 20_000));
        await AssertAllIsReadAsync(nodes, contents);

        var all = nodes[1].View.Status().Redundancy.Chunks.Bytes;
        Assert.True(HeldBy(nodes, 1) + HeldBy(nodes, 4) > all, "nothing is on both nodes that will be in one zone");
        await nodes.StopAsync(4);
        nodes.Zones[4] = NameOf(1);
        await nodes.StartAsync(4);

        // Three copies of everything, and the two other zones have one of each: so the zone of these two has one of each.
        await UntilAsync(nodes, status => status is { Ready: true, LayoutChanging: false, Layout: >= 5, Redundancy: { IsCounted: true, Chunks: { Chunks: Files, Missing: 0, Fewer: 0 } } }
            && Held(nodes) == 3 * all && HeldBy(nodes, 2) == all && HeldBy(nodes, 3) == all);
        await AssertAllIsReadAsync(nodes, contents);
    }

    private static async Task AssertAllIsReadAsync(NodesOnLoopback nodes, List<byte[]> contents)
    {
        for (var number = 0; number < Files; number++)
        {
            Assert.Equal(contents[number], await GetAsync(nodes[1 + (number % 4)], $"file {number}"));
        }
    }

    private static long HeldBy(NodesOnLoopback nodes, int number) => nodes[number].View.Status().Store.UsedBytes;

    private static long Held(NodesOnLoopback nodes) => nodes.Running.Sum(node => node.View.Status().Store.UsedBytes);

    // Each adds up what the others said in their last greetings.
    private static bool SayTheSame(NodesOnLoopback nodes) =>
        nodes.Running.Select(node => node.View.Status().Repair.MovedBytes).Distinct().Count() == 1;

    private Task UntilAsync(NodesOnLoopback nodes, Func<NodeStatus, bool> condition) => AwaitAssertAsync(
        () =>
        {
            foreach (var node in nodes.Running)
            {
                var status = node.View.Status();
                Assert.True(condition(status), $"{status} {Held(nodes)}");
            }
        },
        Patience, Glance);
}
