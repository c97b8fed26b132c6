using Dfs.Actors.Client;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Nodes enter a cluster that is at work, and nobody who uses it notices.</summary>
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
            var listing = await client.ListAsync("files", name, CancellationToken.None);
            Assert.Equal((DfsOutcome.Done, 1), (listing.Outcome, listing.Entries.Count));
        }

        return rounds;
    }
}
