using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class DamagedChunks(ITestOutputHelper output)
{
    private const int SizeBytes = 12_000_000;

    private static readonly TimeSpan HealTimeout = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("segments")]
    [InlineData("folders")]
    public async Task A_flipped_byte_in_every_chunk_of_a_node_is_never_returned_and_is_healed_from_the_others(string layout)
    {
        await using var nodes = await LocalNodes.StartAsync(output, $"dfs.store.layout = {layout}");
        var content = Content.Bytes(4, SizeBytes);
        await Content.PutAsync(nodes[0], "file", content);
        var damaged = nodes[2];
        await Eventually.HoldsAsync(
            () => Task.FromResult(ChunkFiles.NamesOf(damaged).SetEquals(ChunkFiles.NamesOf(nodes[0]))), HealTimeout, "every replica has every chunk");
        var whole = ChunkFiles.NamesOf(damaged);
        Assert.True(whole.Count > 2, $"the file has chunks ({whole.Count})");
        foreach (var chunk in ChunkFiles.Of(damaged))
        {
            chunk.FlipOneByte();
        }

        Assert.Empty(ChunkFiles.NamesOf(damaged));
        Assert.Equal(content, await Content.FetchAsync(damaged, "file"));
        Assert.Equal(content, await Content.FetchAsync(nodes[0], "file"));

        await Eventually.HoldsAsync(
            () => Task.FromResult(ChunkFiles.NamesOf(damaged).SetEquals(whole)), HealTimeout, "every chunk is there again as it was");
    }

    [Fact]
    public async Task Damage_that_nobody_has_read_is_found_by_a_scrub_and_healed()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        await Content.PutAsync(nodes[0], "file", Content.Bytes(5, SizeBytes));
        var damaged = nodes[2];
        await Eventually.HoldsAsync(
            () => Task.FromResult(ChunkFiles.NamesOf(damaged).SetEquals(ChunkFiles.NamesOf(nodes[0]))), HealTimeout, "every replica has every chunk");
        var whole = ChunkFiles.NamesOf(damaged);
        var rotten = ChunkFiles.Of(damaged).Where((_, number) => number % 3 == 0).ToList();
        rotten.ForEach(chunk => chunk.FlipOneByte());

        (await damaged.RunAsync("scrub", "--now")).Succeeded();
        await Eventually.HoldsAsync(
            async () => await LocalNodes.StatusAsync(damaged) is { Scrub: { State: "idle", LastEndedAt: not null } scrub }
                && (scrub.Chunks, scrub.Damaged, scrub.Healed) == (whole.Count, rotten.Count, rotten.Count),
            HealTimeout, "everything was read, what was damaged is counted and whole again");

        Assert.Equal(whole.Order(), ChunkFiles.NamesOf(damaged).Order());
        Assert.Contains($"{rotten.Count} damaged, {rotten.Count} healed", (await damaged.RunAsync("scrub")).Succeeded().Text, StringComparison.Ordinal);
        (await damaged.RunAsync("scrub", "--now", "--pause")).Refused(Dfs.Node.Cli.ExitCode.Usage, "one of");
    }
}
