using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Node.Hosting;
using Dfs.Tests.Kit;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Membership;

/// <summary>Two people change the layout at the same moment, through two nodes, and want different ones: the council's register decides for one.</summary>
public sealed class RivalLayoutsSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public RivalLayoutsSpec()
        : base("akka.loglevel = ERROR") { }

    [Fact]
    public async Task Of_two_changes_at_once_one_is_decided_the_other_is_told_so_and_done_when_it_is_asked_for_again()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(2), expect: 4) { LayoutAuto = false };
        await nodes.StartAsync(1, 2, 3, 4);
        await UntilAsync(nodes, status => status.Ready);
        var contents = Enumerable.Range(0, 20).Select(number => TestBytes.Random(number, number % 2 == 0 ? 200 : 20_000)).ToList();
        for (var number = 0; number < contents.Count; number++)
        {
            Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1 + (number % 4)], $"file {number}", contents[number]));
        }

        await nodes.CrashAsync(4);
        await nodes.StartAsync(5);
        await UntilAsync(nodes, status => StateOf(status, 4) is not "up" && StateOf(status, 5) == "up" && status.Layout == 1);

        await AwaitAssertAsync(async () => Assert.Contains((await nodes[2].View.Layouts.PlanAsync(default))!.Changes, change => change.Contains("node5 comes in", StringComparison.Ordinal)), Patience, Glance);

        // One proposes the layout without the lost node, the other one with the newcomer: the same number, other members.
        var (removal, arrival) = (RemoveAsync(nodes[1]), ApplyAsync(nodes[2]));
        var (removed, arrived) = (await removal, await arrival);

        await UntilAsync(nodes, status => status is { LayoutChanging: false, Layout: > 1 } && status.Layout == nodes[1].View.Status().Layout);
        Assert.All(nodes.Running, node => Assert.Equal(MembersOf(nodes[1].View.Status()), MembersOf(node.View.Status())));
        var (isGone, isIn) = Changes(nodes[1].View.Status());
        Assert.True(isGone || isIn, $"{removed} {arrived}");
        // On a busy machine one may be over before the other begins, and both are done.
        Assert.True(isGone || removed.Outcome is DfsOutcome.NoQuorum or DfsOutcome.NotReady or DfsOutcome.Indeterminate, $"{removed}");
        Assert.True(isIn || arrived.Outcome is DfsOutcome.NoQuorum or DfsOutcome.NotReady or DfsOutcome.Indeterminate, $"{arrived}");

        await AwaitAssertAsync(
            async () => Assert.True((isGone && isIn) || (isGone ? await ApplyAsync(nodes[2]) : await RemoveAsync(nodes[1])).Outcome == DfsOutcome.Done), Patience, Glance);
        await UntilAsync(nodes, status => status is { Ready: true, LayoutChanging: false } && Changes(status) == (true, true));
        for (var number = 0; number < contents.Count; number++)
        {
            Assert.Equal(contents[number], await GetAsync(nodes[5], $"file {number}"));
        }
    }

    private static Task<LayoutResult> RemoveAsync(NodeHost asked) => asked.View.Layouts.RunAsync(LayoutCommand.Remove, NameOf(4), default);

    private static Task<LayoutResult> ApplyAsync(NodeHost asked) => asked.View.Layouts.RunAsync(LayoutCommand.Apply, "", default);

    private static (bool IsGone, bool IsIn) Changes(NodeStatus status) => (!MembersOf(status).Contains("node4"), MembersOf(status).Contains("node5"));

    private static string[] MembersOf(NodeStatus status) => [.. status.Peers.Where(peer => peer.InLayout).Select(peer => peer.Name).Order(StringComparer.Ordinal)];

    private static string? StateOf(NodeStatus status, int number) => status.Peers.FirstOrDefault(peer => peer.Name == NameOf(number))?.State;

    private Task UntilAsync(NodesOnLoopback nodes, Func<NodeStatus, bool> condition) => AwaitAssertAsync(
        () => Assert.All(nodes.Running, node => Assert.True(condition(node.View.Status()), $"{node.View.Status()}")), Patience, Glance);
}
