using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Whatever happens to a node, the cluster ends whole without a hand.</summary>
[Collection(OneByOne.Name)]
public sealed class NodesComeBack(ITestOutputHelper output)
{
    private static readonly TimeSpan WholeTimeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_seed_node_may_be_started_last()
    {
        await using var nodes = new LocalNodes(3, output);

        nodes.Start(nodes[2], nodes[1]);
        await Eventually.HoldsAsync(
            async () => await LocalNodes.StatusAsync(nodes[1]) is { Ready: false } && await LocalNodes.StatusAsync(nodes[2]) is { Ready: false },
            WholeTimeout, "the others run and wait");
        nodes.Start(nodes[0]);

        await nodes.WholeAsync(WholeTimeout);
    }

    [Fact]
    public async Task A_killed_node_comes_back_on_its_port_with_what_it_missed()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var content = Content.Bytes(8, 6_000_000);
        nodes[1].Kill();
        await Content.PutAsync(nodes[0], "missed", content);

        nodes.Start(nodes[1]);

        await nodes.WholeAsync(WholeTimeout);
        Assert.Equal(content, await Content.FetchAsync(nodes[1], "missed"));
    }

    [Fact]
    public async Task A_node_that_was_paused_until_the_others_shut_it_out_comes_back_by_itself()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var nodes = await LocalNodes.StartAsync(output, LocalNodes.QuickDowning);
        var content = Content.Bytes(9, 100_000);
        nodes[2].Pause();
        await Eventually.HoldsAsync(
            async () => LocalNodes.StateOf(await LocalNodes.StatusAsync(nodes[0]), "node-3") is not ("up" or "unreachable"),
            WholeTimeout, "the others have shut the paused node out");
        await Content.PutAsync(nodes[0], "meanwhile", content);

        nodes[2].Continue();

        await nodes.WholeAsync(WholeTimeout);
        Assert.Equal(content, await Content.FetchAsync(nodes[2], "meanwhile"));
        await Resting.UntilAtRestAsync(output, nodes.All);
    }
}
