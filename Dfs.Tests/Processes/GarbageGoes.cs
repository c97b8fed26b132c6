using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Core.Listing;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>What removed files leave is collected, what is alive never is, and an upload that is overtaken says so.</summary>
[Collection(OneByOne.Name)]
public sealed class GarbageGoes(ITestOutputHelper output)
{
    private const int FileBytes = 20_000, Files = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Removed_files_leave_nothing_and_what_is_alive_reads_back()
    {
        await using var nodes = await LocalNodes.StartAsync(output, "dfs.gc.trash = 0");
        await nodes.WholeAsync(Patience);
        var kept = Content.Bytes(1, 5_000_000);
        await Content.PutAsync(nodes[0], "kept", kept);
        for (var round = 0; round < 2; round++)
        {
            await EachAsync(number => Content.PutAsync(nodes[number % 3], $"file-{number}", Content.Bytes(100 + number, FileBytes)));
            await EachAsync(number => RemoveAsync(nodes[(number + 1) % 3], $"file-{number}"));
        }

        // What another file has too is alive, whatever became of the first one.
        await Content.PutAsync(nodes[1], "twin", Content.Bytes(100, FileBytes));
        var runs = new List<GarbageRun>();
        while (runs.Sum(run => run.FreedChunks) == 0)
        {
            Assert.InRange(runs.Count, 0, 4);
            runs.Add(await CollectAsync(nodes[runs.Count % 3]));
            output.WriteLine(runs[^1].ToString());
        }

        // A copy that was slow is left to repair: there are two or three of each.
        Assert.InRange(runs.Sum(run => run.FreedChunks), 2 * (Files - 1), 3 * (Files - 1));
        Assert.InRange(runs[0].TombstonesDropped, 1, Files);
        foreach (var node in nodes.All)
        {
            var store = (await LocalNodes.StatusAsync(node))!.Store;
            Assert.InRange(store.UsedBytes, 0, (long)(1.05 * (kept.Length + FileBytes)));
            Assert.Equal(kept, await Content.FetchAsync(node, "kept"));
            Assert.Equal(Content.Bytes(100, FileBytes), await Content.FetchAsync(node, "twin"));
        }

        using var client = nodes[2].Connect();
        Assert.Equal(["kept", "twin"], (await client.ListAsync("files", ListOptions.All, CancellationToken.None)).Entries.Select(entry => entry.Name).Order());

        nodes[2].Kill();
        var refused = await Assert.ThrowsAsync<CliException>(() => CollectAsync(nodes[0]));
        Assert.Equal(ExitCode.TryAgain, refused.ExitCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task An_upload_that_two_collections_overtake_completes_or_fails_cleanly(int trash)
    {
        await using var nodes = await LocalNodes.StartAsync(output, $"dfs.gc.trash = {trash}");
        await nodes.WholeAsync(Patience);
        var content = Content.Bytes(7, 9_000_000);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var put = Content.PutAsync(nodes[0], "slow", pipe.Reader.AsStream(), content.Length);
        await pipe.Writer.WriteAsync(content.AsMemory(..8_000_000));
        await Eventually.HoldsAsync(
            async () => (await LocalNodes.StatusAsync(nodes[0]))!.Store.Chunks > 0, Patience, "its first chunks are placed");

        var freed = 0L;
        for (var run = 0; run < 3; run++)
        {
            freed += (await CollectAsync(nodes[1])).FreedChunks;
        }

        await pipe.Writer.WriteAsync(content.AsMemory(8_000_000..));
        await pipe.Writer.CompleteAsync();
        if (trash > 0)
        {
            await put;
        }
        else
        {
            Assert.True(freed > 0, "chunks that nothing referred to for two epochs are collected");
            var refused = await Assert.ThrowsAsync<CliException>(() => put);
            Assert.Equal(ExitCode.TryAgain, refused.ExitCode);
            var absent = await Assert.ThrowsAsync<CliException>(() => Content.FetchAsync(nodes[2], "slow"));
            Assert.Equal(ExitCode.NotFound, absent.ExitCode);
            await Content.PutAsync(nodes[0], "slow", content);
        }

        await CollectAsync(nodes[2]);
        await CollectAsync(nodes[2]);
        Assert.Equal(content, await Content.FetchAsync(nodes[2], "slow"));
    }

    private static Task EachAsync(Func<int, Task> act) => Parallel.ForEachAsync(
        Enumerable.Range(0, Files), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) => await act(number));

    private static async Task RemoveAsync(NodeProcess node, string key)
    {
        using var client = node.Connect();
        await client.RemoveAsync("files", key, CancellationToken.None);
    }

    private static async Task<GarbageRun> CollectAsync(NodeProcess node)
    {
        using var client = node.Connect();
        return await client.CollectAsync(CancellationToken.None);
    }
}
