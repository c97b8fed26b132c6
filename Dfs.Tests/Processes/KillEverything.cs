using Dfs.Core.Listing;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class KillEverything(ITestOutputHelper output)
{
    [Fact]
    public async Task What_was_acknowledged_is_there_after_all_nodes_were_killed_at_once()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var large = Content.Bytes(2, 5_000_000);
        var small = Content.Bytes(3, 500);
        await Content.PutAsync(nodes[0], "removed", small);
        using (var client = nodes[2].Connect())
        {
            await client.RemoveAsync("files", "removed", CancellationToken.None);
        }

        await Content.PutAsync(nodes[0], "large", large);
        await Content.PutAsync(nodes[1], "small", small);
        foreach (var node in nodes.All)
        {
            node.Kill();
        }

        nodes.Start(nodes.All);
        await nodes.ReadyAsync();

        foreach (var node in nodes.All)
        {
            Assert.Equal(large, await Content.FetchAsync(node, "large"));
            Assert.Equal(small, await Content.FetchAsync(node, "small"));
            using var client = node.Connect();
            Assert.Equal(
                ["large", "small"],
                (await client.ListAsync("files", ListOptions.All, CancellationToken.None)).Entries.Select(entry => entry.Name));
        }
    }
}
