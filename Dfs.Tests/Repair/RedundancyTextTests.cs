using Dfs.Actors.Client;
using Dfs.Core.Membership;
using Dfs.Core.Repair;

namespace Dfs.Tests.Repair;

/// <summary>What a status says to do about nodes that are away.</summary>
public sealed class RedundancyTextTests
{
    [Theory]
    [InlineData(3, "node-3", "Who does not come back is replaced by a start under its name with an empty directory")]
    [InlineData(4, "node-4", "Who does not come back: `dfs layout remove node-4`; without it that is done after `layout.dead-after-hours`")]
    [InlineData(4, "node-2, node-4", "Who does not come back is replaced by a start under its name with an empty directory")]
    [InlineData(5, "node-2, node-4", "Who does not come back: `dfs layout remove NAME`; without it that is done after `layout.dead-after-hours`")]
    public void What_to_do_about_a_member_that_is_away_is_what_the_cluster_would_take(int members, string away, string advice)
    {
        var line = Assert.Single(RedundancyText.Lines(Status(members, away.Split(", "))), line => line.StartsWith("away", StringComparison.Ordinal));

        Assert.Equal($"away       {away}: not counted above; what they hold is not lost. {advice}", line);
    }

    [Fact]
    public void A_node_that_holds_no_data_is_not_missed() =>
        Assert.DoesNotContain(RedundancyText.Lines(Status(4, [])), line => line.StartsWith("away", StringComparison.Ordinal));

    [Theory]
    [InlineData(16, 0, "20 chunks (410 kB) and 73 heads; 16 chunks (320 kB) and 73 heads have fewer copies than wanted on nodes that answer")]
    [InlineData(16, 2, "20 chunks (410 kB) and 73 heads; 16 chunks (320 kB) and 73 heads have fewer copies than wanted on nodes that answer, 2 chunks (40 kB) and 0 heads one only")]
    [InlineData(1, 0, "20 chunks (410 kB) and 73 heads; 1 chunk (20 kB) and 73 heads have fewer copies than wanted on nodes that answer")]
    [InlineData(0, 0, "20 chunks (410 kB) and 73 heads, all with every copy")]
    public void Fewer_copies_are_told_and_single_ones_only_where_there_are_some(int fewer, int one, string said)
    {
        var copies = new Redundancy(
            IsCounted: true,
            new CopyCount(20, 410_000, fewer, fewer * 20_000L, one, one * 20_000L, Missing: 0, MissingBytes: 0),
            new HeadCount(73, fewer == 0 ? 0 : 73, One: 0, Unserved: 0),
            PartitionsUnserved: 0, PartitionsUnwritable: 0, PartitionsUnreadable: 0);

        Assert.Equal(said, RedundancyText.CopiesLine(copies));
    }

    [Theory]
    [InlineData(2, 0, "2 more nodes may fail, and every file can still be read and written")]
    [InlineData(1, 0, "1 more node may fail, and every file can still be read and written")]
    [InlineData(0, 0, "no more node may fail, or some files cannot be read or written")]
    [InlineData(0, 3, "not every file can be read and written now")]
    public void How_many_more_nodes_may_fail_is_one_sentence(int nodes, int unserved, string said)
    {
        var status = Status(3, []) with { NodesThatMayFail = nodes };

        Assert.Equal(said, StatusText.ToleranceLine(status with { Redundancy = status.Redundancy with { PartitionsUnserved = unserved } }));
    }

    [Theory]
    [InlineData(10, "00:00:10")]
    [InlineData(86_399, "23:59:59")]
    [InlineData(86_400 + 3_661, "1 d 01:01:01")]
    public void Days_are_said_where_there_are_some(int seconds, string said) => Assert.Equal(said, RedundancyText.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Who_is_here_without_data_is_named_with_the_command_that_changes_it()
    {
        var status = Status(3, []);
        var others = new[] { Peer("node-4"), Peer("node-5"), Peer("node-6") with { State = "down" }, Peer("node-7") with { Leaving = true } };

        Assert.Null(StatusText.NewcomersLine(status));
        Assert.Equal(
            "node-4: here, without data yet. `dfs plan` shows what would move to it; `dfs plan --apply` takes it in now",
            StatusText.NewcomersLine(status with { Peers = [.. status.Peers, others[0]] }));
        var waiting = status with { Peers = [.. status.Peers, .. others] };
        Assert.Equal("node-4, node-5: here, without data yet. `dfs plan` shows what would move to them; `dfs plan --apply` takes them in now", StatusText.NewcomersLine(waiting));
        Assert.Null(StatusText.NewcomersLine(waiting with { LayoutChanging = true }));

        static PeerStatus Peer(string name) => new(name, "", "", "", "up", InLayout: false, Self: false);
    }

    private static NodeStatus Status(int members, string[] away) => new(
        "node-1", "", Ready: true, "", "", Layout: 1, LayoutChanging: false, ReplicationFactor: 3, NodesThatMayFail: 0, new StoreStatus(0, 0, 0, ""),
        [
            .. Enumerable.Range(1, members).Select(number => Peer($"node-{number}", away.Contains($"node-{number}") ? "unreachable" : "up", inLayout: true)),
            Peer("stranger", "unreachable", inLayout: false),
        ]);

    private static PeerStatus Peer(string name, string state, bool inLayout) => new(name, "", "", "", state, inLayout, Self: name == "node-1");
}
