using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Two of five nodes are killed, one after the other: every chunk keeps one of its three copies, every head three of five.</summary>
[Collection(OneByOne.Name)]
public sealed class FiveNodes(ITestOutputHelper output)
{
    private const int Files = 10;
    private const int Copies = 3;

    private static readonly TimeSpan CopyTimeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_file_is_read_byte_for_byte_while_two_nodes_are_killed()
    {
        await using var nodes = new LocalNodes(5, output, "dfs.replication { data = 3, metadata = 5 }");
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var contents = Enumerable.Range(0, Files).Select(i => Content.Bytes(500 + i, i * 200_000)).ToList();
        await Eventually.HoldsAsync(
            async () =>
            {
                // A second time for the copies of a slow replica: who has a chunk already only says so.
                await Task.WhenAll(contents.Select((content, i) => Content.PutAsync(nodes[0], $"file {i}", content)));
                return nodes.All.SelectMany(ChunkFiles.NamesOf).CountBy(name => name).All(chunk => chunk.Value >= Copies);
            },
            CopyTimeout, "every chunk has three copies");

        nodes[4].Kill();
        await Task.WhenAll(nodes.All.Take(4).Select(node => ReadAllAsync(node, contents)));

        NodeProcess[] living = [nodes[0], nodes[2], nodes[3]];
        var isKilled = 0;
        await Task.WhenAll(living.Select(node => ReadAllAsync(node, contents, read =>
        {
            if (read == Files / 2 && Interlocked.Exchange(ref isKilled, 1) == 0)
            {
                nodes[1].Kill();
            }
        })));
        await Task.WhenAll(living.Select(node => ReadAllAsync(node, contents)));
        await WriteOrSayWhyAsync(nodes[3]);
    }

    private static async Task ReadAllAsync(NodeProcess node, List<byte[]> contents, Action<int>? reached = null)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            reached?.Invoke(i);
            Assert.Equal(contents[i], await Content.FetchAsync(node, $"file {i}"));
        }
    }

    private static async Task WriteOrSayWhyAsync(NodeProcess node)
    {
        var content = Content.Bytes(600, 300_000);
        try
        {
            await Content.PutAsync(node, "late", content);
        }
        catch (CliException refused)
        {
            Assert.Equal(ExitCode.TryAgain, refused.ExitCode);
            Assert.Contains("no quorum", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(content, await Content.FetchAsync(node, "late"));
    }
}
