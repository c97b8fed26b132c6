using Dfs.Core.Listing;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class ManyTransfers(ITestOutputHelper output)
{
    private const int Count = 64;

    private static readonly int[] SizesBytes = [0, 1, 16_384, 16_385, 300_000, 1_048_576, 3_000_000, 5_000_001];

    [Fact]
    public async Task Transfers_at_once_from_all_nodes_are_all_intact()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var contents = Enumerable.Range(0, Count).Select(i => Content.Bytes(1_000 + i, SizesBytes[i % SizesBytes.Length])).ToList();

        await Task.WhenAll(contents.Select((content, i) => Content.PutAsync(nodes[i % 3], $"file {i}", content)));
        var back = await Task.WhenAll(contents.Select((_, i) => Content.FetchAsync(nodes[(i + 1) % 3], $"file {i}")));

        Assert.All(contents.Zip(back), pair => Assert.Equal(pair.First, pair.Second));
        using var client = nodes[0].Connect();
        Assert.Equal(Count, (await client.ListAsync("files", new ListOptions { Prefix = "file " }, CancellationToken.None)).Entries.Count);
    }
}
