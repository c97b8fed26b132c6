using System.Text.Json;
using Dfs.Gateway.Admin;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Whatever happens to a node, the cluster ends whole without a hand.</summary>
[Collection(OneByOne.Name)]
public sealed class NodesComeBack(ITestOutputHelper output)
{
    /// <summary>Away within three seconds, shut out six later: its last card is there for ten. A pause that a busy machine makes for those who go on is not away.</summary>
    private const string SoonAwayLateDown = """
        akka.cluster {
          failure-detector { heartbeat-interval = 300ms, acceptable-heartbeat-pause = 2s, expected-response-after = 300ms }
          split-brain-resolver.stable-after = 6s
        }
        """;

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
        var starts = (await EventsAsync(nodes[0])).Where(each => each is { Kind: "node-started", Node: "node-2" }).ToList();
        Assert.Equal(2, starts.Count);
        Assert.All(starts, each => Assert.Equal(["node-2"], each.By));
    }

    [Fact]
    public async Task After_a_power_cut_all_nodes_but_one_may_have_other_addresses()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var content = Content.Bytes(10, 3_000_000);
        await Content.PutAsync(nodes[0], "before", content);
        foreach (var node in nodes.All)
        {
            node.Kill();
        }

        nodes[0].MoveTo(FreePorts.Take(3));
        nodes[1].MoveTo(FreePorts.Take(3));
        nodes.Start(nodes.All);

        await nodes.WholeAsync(WholeTimeout);
        await Content.PutAsync(nodes[2], "after", content);
        foreach (var node in nodes.All)
        {
            Assert.Equal(content, await Content.FetchAsync(node, "before"));
            Assert.Equal(content, await Content.FetchAsync(node, "after"));
        }
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
        // One that is still joining is no member that could be shut out.
        await Eventually.HoldsAsync(
            async () => LocalNodes.StateOf(await LocalNodes.StatusAsync(nodes[0]), "node-3") is "up", WholeTimeout, "the node that will be paused is up");
        nodes[2].Pause();
        await Eventually.HoldsAsync(
            async () => LocalNodes.StateOf(await LocalNodes.StatusAsync(nodes[0]), "node-3") is not ("up" or "unreachable"),
            WholeTimeout, "the others have shut the paused node out");
        await Content.PutAsync(nodes[0], "meanwhile", content);

        nodes[2].Continue();

        await nodes.WholeAsync(WholeTimeout);
        Assert.Equal(content, await Content.FetchAsync(nodes[2], "meanwhile"));
        Assert.Contains(await EventsAsync(nodes[0]), each => each is { Kind: "node-unreachable", Node: "node-3" } && each.By.Contains("node-1"));
        await Eventually.HoldsAsync(
            async () => (await EventsAsync(nodes[1])).Any(each => each is { Kind: "node-back", Node: "node-3" } && each.By.Contains("node-1")),
            WholeTimeout, "another node tells what the first has noted");
        await Resting.UntilAtRestAsync(output, nodes.All);
    }

    // Its card says that there are three, and its address is lower than those of the two who go on.
    [Fact]
    public async Task While_the_node_with_the_lowest_address_hangs_the_others_keep_their_actor_systems_and_no_request_fails()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var nodes = await LocalNodes.StartAsync(output, SoonAwayLateDown);
        await nodes.WholeAsync(WholeTimeout);
        var lowest = nodes.All.MinBy(node => node.Seed, StringComparer.Ordinal)!;
        var others = nodes.All.Where(node => node != lowest).ToList();
        using var stop = new CancellationTokenSource();
        var work = others.Select((node, number) => WorkAsync(node, $"file-{number}", stop.Token)).ToList();

        lowest.Pause();

        await Eventually.HoldsAsync(
            async () => (await Task.WhenAll(others.Select(LocalNodes.StatusAsync))).All(status => LocalNodes.StateOf(status, lowest.Name) is "absent"),
            WholeTimeout, "the others have shut it out, and its card is forgotten");
        await stop.CancelAsync();
        output.WriteLine($"rounds of put and get meanwhile: {string.Join(' ', await Task.WhenAll(work))}");
        Assert.All(others, node => Assert.DoesNotContain("actor system anew", node.Log, StringComparison.Ordinal));
        lowest.Continue();
        await nodes.WholeAsync(WholeTimeout);
    }

    // A failed request fails the test.
    private static async Task<int> WorkAsync(NodeProcess node, string name, CancellationToken stop)
    {
        var rounds = 0;
        for (; !stop.IsCancellationRequested; rounds++)
        {
            var content = Content.Bytes(rounds, 40_000);
            await Content.PutAsync(node, name, content);
            Assert.Equal(content, await Content.FetchAsync(node, name));
        }

        return rounds;
    }

    private static async Task<IReadOnlyList<AdminEvent>> EventsAsync(NodeProcess node)
    {
        var end = (await node.RunAsync("events", "--json", "--since", "1h")).Succeeded();
        return [.. end.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize(line, AdminJson.Default.AdminEvent)!)];
    }
}
