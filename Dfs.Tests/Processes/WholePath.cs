using System.Diagnostics;
using System.Text.Json;
using Dfs.Core.Listing;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>What one node was given, any other gives back, as long as it has not been removed.</summary>
[Collection(OneByOne.Name)]
public sealed class WholePath(ITestOutputHelper output)
{
    [Fact]
    public async Task A_file_of_any_size_comes_back_from_another_node_until_it_is_removed()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        foreach (var (name, sizeBytes) in new[] { ("empty", 0), ("small", 1_000), ("large", 20 * 1024 * 1024) })
        {
            var content = Content.Bytes(sizeBytes, sizeBytes);
            await File.WriteAllBytesAsync(nodes.PathOf(name), content);

            (await nodes[0].RunAsync("put", name)).Succeeded();
            (await nodes[2].RunAsync("get", name, $"{name}.back")).Succeeded();

            Assert.Equal(content, await File.ReadAllBytesAsync(nodes.PathOf($"{name}.back")));
        }

        await RangesComeAloneAsync(nodes);
        var listing = (await nodes[2].RunAsync("ls")).Succeeded().Text;
        Assert.Equal(["empty", "large", "small"], listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[^1]));
        Assert.Contains("20,971,520", listing, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await nodes[2].RunAsync("ls", "s", "--json", "--delimiter", "m")).Succeeded().Text);
        Assert.Equal("sm", json.RootElement.GetProperty("entries")[0].GetProperty("commonPrefix").GetString());
        using var whole = JsonDocument.Parse((await nodes[0].RunAsync("ls", "--json")).Succeeded().Text);
        Assert.Equal([0, 20_971_520, 1000], whole.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("sizeBytes").GetInt64()));

        foreach (var name in new[] { "empty", "small", "large" })
        {
            (await nodes[1].RunAsync("rm", name)).Succeeded();
        }

        foreach (var node in nodes.All)
        {
            (await node.RunAsync("get", "large", "-")).Refused(ExitCode.NotFound, "not found");
            using var client = node.Connect();
            Assert.Empty((await client.ListAsync("files", ListOptions.All, CancellationToken.None)).Entries);
            Assert.Equal(ExitCode.NotFound, (await Assert.ThrowsAsync<CliException>(() => Content.FetchAsync(node, "small"))).ExitCode);
            Assert.Equal(ExitCode.NotFound, (await Assert.ThrowsAsync<CliException>(() => Content.FetchAsync(node, "empty"))).ExitCode);
        }

        Assert.Equal(0, await nodes[1].StopAsync());
    }

    private static async Task RangesComeAloneAsync(LocalNodes nodes)
    {
        var content = Content.Bytes(20 * 1024 * 1024, 20 * 1024 * 1024);
        var before = (await LocalNodes.StatusAsync(nodes[2]))!.Reads.CheckedBytes;

        Assert.Equal(content[10_000_000..10_065_536], (await nodes[2].RunAsync("get", "large", "-", "--range", "10000000-10065535")).Succeeded().Output);

        Assert.InRange((await LocalNodes.StatusAsync(nodes[2]))!.Reads.CheckedBytes - before, 65_536, 256 * 1024);
        Assert.Equal(content[^5..], (await nodes[1].RunAsync("get", "large", "-", "--range", "-5")).Succeeded().Output);
        Assert.Equal(Content.Bytes(1000, 1000)[999..], (await nodes[1].RunAsync("get", "small", "-", "--range", "999-2000")).Succeeded().Output);
        (await nodes[0].RunAsync("get", "small", "-", "--range", "1000-")).Refused(ExitCode.Usage, "1,000 bytes");
        (await nodes[0].RunAsync("get", "small", "-", "--range", "5-4")).Refused(ExitCode.Usage, "FIRST-LAST");
        (await nodes[0].RunAsync("get", "small", "--range", "1-4")).Refused(ExitCode.Usage, "where to write");
    }

    [Fact]
    public async Task A_benchmark_compares_what_it_gets_and_leaves_nothing_behind()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();

        var run = (await nodes[0].RunAsync("bench", "--size", "10KiB", "--concurrency", "2", "--duration", "200ms", "--mix", "50", "--json")).Succeeded();

        using var rows = JsonDocument.Parse(run.Text);
        Assert.Equal(["put", "get", "put*", "get*"], rows.RootElement.EnumerateArray().Select(row => row.GetProperty("action").GetString()));
        Assert.All(rows.RootElement.EnumerateArray(), row => Assert.True(row.GetProperty("done").GetInt32() > 0 && row.GetProperty("errors").GetInt32() == 0));
        Assert.Equal("", (await nodes[0].RunAsync("ls")).Succeeded().Text);
        (await nodes[0].RunAsync("bench", "--mix", "100")).Refused(ExitCode.Usage, "1 to 99");
        (await nodes[0].RunAsync("bench", "--s3", "127.0.0.1")).Refused(ExitCode.Usage, "http://127.0.0.1:5053");
    }

    [Fact]
    public async Task Standard_input_and_output_carry_a_file_and_a_missing_key_is_answered_within_a_second()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var content = Content.Bytes(7, 3_000_000);

        (await nodes[1].RunAsync(content, "put", "-", "piped")).Succeeded();

        Assert.Equal(content, (await nodes[0].RunAsync("get", "piped", "-")).Succeeded().Output);
        var clock = Stopwatch.StartNew();
        var missing = await Assert.ThrowsAsync<CliException>(() => Content.FetchAsync(nodes[2], "never stored"));
        Assert.Equal(ExitCode.NotFound, missing.ExitCode);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
