using Dfs.Core.Listing;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class LostDirectory(ITestOutputHelper output)
{
    private static readonly TimeSpan WholeTimeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_node_whose_disk_was_lost_takes_its_place_again_and_another_one_may_fail_then()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var (large, small) = (Content.Bytes(31, 7_000_000), Content.Bytes(32, 500));
        await Content.PutAsync(nodes[0], "large", large);
        await Content.PutAsync(nodes[1], "small", small);
        await Content.PutAsync(nodes[2], "removed", small);
        using (var client = nodes[0].Connect())
        {
            await client.RemoveAsync("files", "removed", CancellationToken.None);
        }

        var lost = (await LocalNodes.StatusAsync(nodes[1]))!.Replica;
        var chunks = ChunkFiles.NamesOf(nodes[0]);
        nodes[1].Kill();
        Directory.Delete(nodes[1].DataDirectory, recursive: true);

        nodes.Start(nodes[1]);

        await nodes.WholeAsync(WholeTimeout);
        await Eventually.HoldsAsync(() => HasReplacedAsync(nodes, lost), WholeTimeout, "every node works under a layout with the new directory alone");
        await Eventually.HoldsAsync(
            () => Task.FromResult(chunks.SetEquals(ChunkFiles.NamesOf(nodes[1]))), WholeTimeout, "the new directory has every chunk");

        nodes[2].Kill();
        foreach (var node in new[] { nodes[1], nodes[0] })
        {
            Assert.Equal(large, await Content.FetchAsync(node, "large"));
            Assert.Equal(small, await Content.FetchAsync(node, "small"));
            using var client = node.Connect();
            Assert.Equal(
                ["large", "small"],
                (await client.ListAsync("files", ListOptions.All, CancellationToken.None)).Entries.Select(entry => entry.Name));
        }

        await Content.PutAsync(nodes[1], "after", small);
        Assert.Equal(small, await Content.FetchAsync(nodes[0], "after"));
    }

    [Fact]
    public async Task A_node_whose_directory_is_removed_beneath_it_stops_and_says_so()
    {
        if (OperatingSystem.IsWindows())
        {
            // Files that are open cannot be removed there.
            return;
        }

        await using var nodes = await LocalNodes.StartAsync(output);
        var content = Content.Bytes(33, 3_000_000);
        await Content.PutAsync(nodes[0], "before", content);

        Directory.Delete(nodes[1].DataDirectory, recursive: true);

        Assert.Equal(ExitCode.DataDirectory, await nodes[1].EndedAsync(WholeTimeout));
        Assert.Contains($"The data directory {nodes[1].DataDirectory} is gone", nodes[1].Log, StringComparison.Ordinal);
        Assert.DoesNotContain(" at Dfs.", nodes[1].Log, StringComparison.Ordinal);
        nodes.Start(nodes[1]);
        await nodes.WholeAsync(WholeTimeout);
        Assert.Equal(content, await Content.FetchAsync(nodes[1], "before"));
    }

    private static async Task<bool> HasReplacedAsync(LocalNodes nodes, string lost)
    {
        var views = await Task.WhenAll(nodes.All.Select(LocalNodes.StatusAsync));
        return views.All(view => view is { LayoutChanging: false, Layout: > 1 }
            && view.Peers.All(peer => peer.Replica != lost)
            && view.Peers.Count(peer => peer.InLayout) == nodes.All.Count);
    }
}
