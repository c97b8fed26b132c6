using Dfs.Actors.Client;

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

    private static NodeStatus Status(int members, string[] away) => new(
        "node-1", "", Ready: true, "", "", Layout: 1, LayoutChanging: false, ReplicationFactor: 3, NodesThatMayFail: 0, new StoreStatus(0, 0, 0, ""),
        [
            .. Enumerable.Range(1, members).Select(number => Peer($"node-{number}", away.Contains($"node-{number}") ? "unreachable" : "up", inLayout: true)),
            Peer("stranger", "unreachable", inLayout: false),
        ]);

    private static PeerStatus Peer(string name, string state, bool inLayout) => new(name, "", "", "", state, inLayout, Self: name == "node-1");
}
