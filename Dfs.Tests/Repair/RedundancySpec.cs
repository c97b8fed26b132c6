using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Node.Hosting;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Repair;

/// <summary>What a status says of copies, through the loss and the return of a node and of its segments.</summary>
public sealed class RedundancySpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public RedundancySpec()
        : base("akka.loglevel = ERROR") { }

    [Fact]
    public async Task Copies_fall_while_nodes_are_away_and_are_whole_again_after_one_came_back_without_a_segment()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3));
        await nodes.StartAsync(1, 2, 3);
        await UntilAsync(nodes[1], status => status is { Ready: true, Redundancy.IsCounted: true });
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], "before", TestBytes.Random(1, 3_000_000)));
        await UntilAsync(nodes[1], status => status.Redundancy is { IsCounted: true, Chunks: { Chunks: > 0, Fewer: 0, Missing: 0 } counted, Heads: { Heads: > 0, Fewer: 0 } }
            && (counted.Chunks, counted.Bytes) == (status.Store.Chunks, status.Store.UsedBytes));
        var chunks = nodes[1].View.Status().Redundancy.Chunks;

        await nodes.CrashAsync(3);
        await UntilAsync(nodes[1], status => status.Redundancy is { IsCounted: true } copies
            && copies.Chunks == chunks with { Fewer = chunks.Chunks, FewerBytes = chunks.Bytes }
            && copies.Heads is { Fewer: > 0, One: 0, Unserved: 0 });
        var away = StatusText.Lines(nodes[1].View.Status()).ToList();
        Assert.Contains(away, line => line.StartsWith("away       node3: not counted above", StringComparison.Ordinal));
        Assert.Contains(away, line => line.Contains("have fewer copies than wanted", StringComparison.Ordinal));
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[2], "during", TestBytes.Random(2, 2_000_000)));

        // What a file of many chunks held is gone; the checkpoint still knows which those were.
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(nodes.DataDirectoryOf(3), "chunks"), "*.segment", SearchOption.AllDirectories).Select(file =>
        {
            File.Delete(file);
            return file;
        }));
        // It was away when the others were told to pause, and hears of it.
        Assert.Equal(DfsOutcome.Done, nodes[1].View.Repairs.Run(RepairCommand.Pause).Outcome);
        await nodes.StartAsync(3);
        await UntilAsync(nodes[2], status => status is { Repair.State: "paused", Redundancy: { IsCounted: true, Heads.Fewer: 0 } });
        await UntilAsync(nodes[3], status => status is { Repair: { State: "paused", Damaged: 0 } } && status.Repair.Healed == chunks.Chunks);
        Assert.Equal(DfsOutcome.Done, nodes[2].View.Repairs.Run(RepairCommand.Resume).Outcome);

        await UntilAsync(nodes[2], status => status is
        {
            Redundancy: { IsCounted: true, Chunks: { Fewer: 0, Missing: 0, One: 0 }, Heads: { Fewer: 0 } },
            Repair: { State: "idle", LeftBytes: 0, SecondsLeft: 0, Damaged: 0, Unhealed: 0 },
        });
        Assert.Equal(chunks.Chunks, nodes[3].View.Status().Repair.Healed);
        Assert.Equal(nodes[1].View.Status().Store.Chunks, nodes[3].View.Status().Store.Chunks);

        // And two of three away: nothing is served, and how much that is.
        await nodes.CrashAsync(2);
        await nodes.CrashAsync(3);

        await UntilAsync(nodes[1], status => status is
        {
            Ready: false,
            Redundancy: { IsCounted: true, PartitionsUnserved: 1024, PartitionsUnwritable: 1024, PartitionsUnreadable: 0, Heads: { Unserved: > 0 } heads, Chunks: { One: > 0 } },
        } && heads.Unserved == heads.Heads);
        Assert.Contains(StatusText.Lines(nodes[1].View.Status()), line => line.StartsWith("unserved   1,024 of 1,024", StringComparison.Ordinal));
    }

    private Task UntilAsync(NodeHost node, Func<NodeStatus, bool> condition) => AwaitAssertAsync(
        () =>
        {
            var status = node.View.Status();
            Assert.True(condition(status), $"{status.Redundancy} {status.Repair}");
        },
        Patience, Glance);
}
