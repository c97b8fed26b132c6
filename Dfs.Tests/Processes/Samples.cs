using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>The programs under samples/, run as a reader of them would.</summary>
[Collection(OneByOne.Name)]
public sealed class Samples(ITestOutputHelper output)
{
    [Fact]
    public async Task A_program_of_ones_own_stores_lists_fetches_and_removes()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        await File.WriteAllBytesAsync(nodes.PathOf("film.mkv"), Content.Bytes(3, 300_000));
        var environment = new Dictionary<string, string> { [NodeOptions.NodeVariable] = nodes[0].Url, [NodeOptions.TokenFileVariable] = nodes[0].TokenFile };

        var run = (await DfsProgram.RunAsync(nodes.Folder, ["film.mkv"], environment: environment, program: "StoreAndFetch.dll")).Succeeded();

        var lines = run.Text.Split('\n');
        Assert.StartsWith("stored samples/film.mkv, 300000 bytes, as version ", lines[0], StringComparison.Ordinal);
        Assert.Equal(["      300000  samples/film.mkv", "fetched 300000 bytes of text/plain from a sample; the same: True"], lines[1..3]);
        Assert.Equal(["stored only if absent: PreconditionFailed", "removed; there now: NotFound"], lines[3..5]);

        await nodes[0].StopAsync();
        var refused = await DfsProgram.RunAsync(nodes.Folder, ["film.mkv"], environment: environment, program: "StoreAndFetch.dll");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("No node answers", refused.Errors, StringComparison.Ordinal);
    }
}
