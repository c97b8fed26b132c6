using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Nodes enter and leave a cluster that is at work, and nobody who uses it notices.</summary>
[Collection(OneByOne.Name)]
public sealed class NodesComeAndGo(ITestOutputHelper output)
{
    private const string QuickSettling = "dfs.layout.settle-seconds = 1";

    private static readonly TimeSpan ChangeTimeout = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_fourth_node_takes_its_share_while_files_are_written_read_and_listed()
    {
        await using var nodes = new LocalNodes(4, output, QuickSettling, expect: 3);
        var first = nodes.All.Take(3).ToList();
        nodes.Start(first);
        foreach (var node in first)
        {
            await node.ReadyAsync(LocalNodes.ReadyTimeout);
        }

        var before = new Dictionary<string, byte[]>();
        for (var number = 0; number < 24; number++)
        {
            before[$"before-{number}"] = Content.Bytes(number, 300_000);
            await Content.PutAsync(first[number % 3], $"before-{number}", before[$"before-{number}"]);
        }

        using var stop = new CancellationTokenSource();
        var work = first.Select((node, number) => WorkAsync(node, $"during-{number}", stop.Token)).ToList();
        nodes.Start(nodes[3]);
        await nodes[3].ReadyAsync(ChangeTimeout);
        await Eventually.HoldsAsync(
            async () => await LocalNodes.StatusAsync(nodes[3]) is { LayoutChanging: false, Layout: >= 3 } status && status.Peers.Count(peer => peer.InLayout) == 4,
            ChangeTimeout, "the layout has four members");
        await stop.CancelAsync();
        var rounds = await Task.WhenAll(work);

        Assert.All(rounds, count => Assert.True(count > 0));
        output.WriteLine($"rounds of put, get and list meanwhile: {string.Join(' ', rounds)}");
        foreach (var (name, content) in before)
        {
            Assert.Equal(content, await Content.FetchAsync(nodes[3], name));
        }

        // It may still be pulling; what it takes over is three quarters of the data, give or take which chunks they are.
        await Eventually.HoldsAsync(
            async () => (await LocalNodes.StatusAsync(nodes[3]))!.Store.UsedBytes > 0.5 * before.Values.Sum(content => content.Length),
            ChangeTimeout, "the newcomer holds its share");
    }

    [Fact]
    public async Task A_node_drains_and_stops_another_is_lost_and_removed_and_every_file_stays()
    {
        await using var nodes = new LocalNodes(5, output, QuickSettling);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var files = new Dictionary<string, byte[]>();
        for (var number = 0; number < 15; number++)
        {
            files[$"file-{number}"] = Content.Bytes(100 + number, 200_000);
            await Content.PutAsync(nodes[number % 5], $"file-{number}", files[$"file-{number}"]);
        }

        using var stop = new CancellationTokenSource();
        var work = WorkAsync(nodes[0], "during", stop.Token);
        var drained = (await nodes[1].RunAsync("drain", "node-5", "--json")).Succeeded();
        await stop.CancelAsync();
        output.WriteLine($"{drained.Said}rounds meanwhile: {await work}");

        Assert.Contains("it may be stopped", System.Text.Json.JsonDocument.Parse(drained.Text).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await LocalNodes.StatusAsync(nodes[4]))!.Store.Chunks);
        Assert.Equal(0, await nodes[4].StopAsync());
        (await nodes[1].RunAsync("layout", "remove", "node-3")).Refused(ExitCode.Failed, "is here");

        nodes[3].Kill();
        await Eventually.HoldsAsync(
            async () => (await nodes[1].RunAsync("layout", "remove", "node-4")).ExitCode == ExitCode.Done, ChangeTimeout, "node-4 is left out");
        await Eventually.HoldsAsync(
            async () => await LocalNodes.StatusAsync(nodes[0]) is { LayoutChanging: false } status && status.Peers.Count(peer => peer.InLayout) == 3,
            ChangeTimeout, "three nodes hold everything");
        // A busy machine may let a node seem away for a moment.
        await Eventually.HoldsAsync(
            async () => await nodes[1].RunAsync("drain", "node-3") is { ExitCode: ExitCode.Failed } refused
                && refused.Said.Contains("start another node first", StringComparison.Ordinal),
            ChangeTimeout, "the last three may not be drained");
        foreach (var (name, content) in files)
        {
            Assert.Equal(content, await Content.FetchAsync(nodes[2], name));
        }
    }

    [Fact]
    public async Task Without_the_automatic_a_newcomer_waits_for_a_person_and_the_plan_says_what_it_costs()
    {
        await using var nodes = new LocalNodes(4, output, "dfs.layout.auto = false", expect: 3);
        nodes.Start(nodes.All.Take(3));
        foreach (var node in nodes.All.Take(3))
        {
            await node.ReadyAsync(LocalNodes.ReadyTimeout);
        }

        // So many that where they happen to fall does not matter: 300 of 400 come, give or take nine.
        for (var number = 0; number < 400; number++)
        {
            await Content.PutAsync(nodes[0], $"file-{number}", Content.Bytes(200 + number, 30_000));
        }

        Assert.StartsWith("yes", (await nodes[0].RunAsync("can-stop", "node-2")).Succeeded().Text, StringComparison.Ordinal);
        nodes.Start(nodes[3]);
        var plan = "";
        await Eventually.HoldsAsync(
            async () => (plan = (await nodes[1].RunAsync("plan")).Succeeded().Text).Contains("node-4 comes in", StringComparison.Ordinal),
            ChangeTimeout, "the plan has the newcomer");
        output.WriteLine(plan);
        using var client = nodes[1].Connect();
        var planned = (await client.PlanAsync(CancellationToken.None)).Bytes;
        Assert.True(await LocalNodes.StatusAsync(nodes[3]) is { Layout: 1 });

        (await nodes[1].RunAsync("plan", "--apply")).Succeeded();
        await nodes[3].ReadyAsync(ChangeTimeout);

        await Eventually.HoldsAsync(
            async () => await LocalNodes.StatusAsync(nodes[3]) is { LayoutChanging: false } status
                && status.Store.UsedBytes > 0.8 * planned && status.Store.UsedBytes < 1.2 * planned,
            ChangeTimeout, "what moved is what was planned, within a fifth");
        nodes[0].Kill();
        await Eventually.HoldsAsync(
            async () => (await nodes[1].RunAsync("can-stop", "node-3")) is { ExitCode: ExitCode.Failed } refused
                && refused.Said.Contains("no: without node-3", StringComparison.Ordinal),
            ChangeTimeout, "a second node may not stop");
        var refusal = await nodes[1].RunAsync("can-stop", "node-3", "--json");
        Assert.Equal((ExitCode.Failed, false), (refusal.ExitCode, System.Text.Json.JsonDocument.Parse(refusal.Text).RootElement.GetProperty("canStop").GetBoolean()));
        (await nodes[1].RunAsync("can-stop", "node-9")).Refused(ExitCode.NotFound, "No node is called");
        (await nodes[1].RunAsync("repair", "--pause")).Succeeded();
        Assert.Contains("\"state\": \"paused\"", (await nodes[1].RunAsync("repair", "--json")).Succeeded().Text, StringComparison.Ordinal);
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
            using var client = node.Connect();
            var listing = await client.ListAsync("files", new ListOptions { Prefix = name }, CancellationToken.None);
            Assert.Equal((DfsOutcome.Done, 1), (listing.Outcome, listing.Entries.Count));
        }

        return rounds;
    }
}
