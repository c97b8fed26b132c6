using System.Diagnostics;
using Dfs.Actors.Client;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>One of four nodes stops answering, as a process whose disk or machine hangs; it is not dead, so its connections stay open.</summary>
[Collection(OneByOne.Name)]
public sealed class FrozenReplica(ITestOutputHelper output)
{
    private const string Bucket = "pieces";

    /// <summary>About 500 chunks: every twelfth of them is asked of the node that freezes first.</summary>
    private const int SizeBytes = 32 * 1024 * 1024;

    private const int PieceBytes = 64 * 1024;

    [Fact]
    public async Task A_read_goes_on_from_another_replica()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var nodes = new LocalNodes(4, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        await nodes.WholeAsync(LocalNodes.ReadyTimeout);
        (await nodes[0].RunAsync("bucket", "create", Bucket, "profile=small")).Succeeded();
        using var client = nodes[0].Connect();
        await client.PutAsync(Bucket, "film", new ProgressContent(new Content(7, SizeBytes), SizeBytes, static _ => { }), CancellationToken.None);
        var before = await HedgesAsync(nodes[0]);

        // In the middle of a download, because finding a file asks other nodes, too.
        using var answer = await client.GetAsync(Bucket, "film", CancellationToken.None);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var (content, expected, longest) = (new byte[PieceBytes], Content.Bytes(7, SizeBytes), TimeSpan.Zero);
        for (var at = 0; at < SizeBytes; at += PieceBytes)
        {
            var clock = Stopwatch.StartNew();
            await stream.ReadExactlyAsync(content);
            longest = clock.Elapsed > longest ? clock.Elapsed : longest;
            Assert.True(content.AsSpan().SequenceEqual(expected.AsSpan(at, PieceBytes)), $"wrong content at {at}");
            if (at == PieceBytes)
            {
                nodes[3].Pause();
            }
        }

        var after = await HedgesAsync(nodes[0]);
        output.WriteLine($"longest gap {longest.TotalMilliseconds:0} ms; hedges before the freeze {before}, after it {after}");
        Assert.True(after.Won > before.Won, "a hedge won");
    }

    private static async Task<HedgeStatus> HedgesAsync(NodeProcess node) =>
        (await LocalNodes.StatusAsync(node) ?? throw new InvalidOperationException("no status")).Reads.Hedges;
}
