using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A node without a keyring.</summary>
[Collection(OneByOne.Name)]
public sealed class StorageOnly(ITestOutputHelper output)
{
    [Fact]
    public async Task It_holds_copies_and_repairs_and_opens_no_file()
    {
        await using var nodes = new LocalNodes(3, output);
        nodes[2].StoresOnly = true;
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var content = Content.Bytes(41, 7_000_000);
        await Content.PutAsync(nodes[0], "kept", content);

        (await nodes[2].RunAsync("get", "kept", "-")).Refused(ExitCode.Of(Dfs.Client.DfsOutcome.NotAllowed), "only stores");
        (await nodes[2].RunAsync([1], "put", "-", "mine")).Refused(ExitCode.Of(Dfs.Client.DfsOutcome.NotAllowed), "only stores");
        (await nodes[2].RunAsync("ls")).Refused(ExitCode.Of(Dfs.Client.DfsOutcome.NotAllowed), "only stores");
        (await nodes[2].RunAsync("keys", "s3", "create")).Refused(ExitCode.Of(Dfs.Client.DfsOutcome.NotAllowed), "only stores");
        Assert.Contains("node-1", (await nodes[2].RunAsync("status")).Succeeded().Text, StringComparison.Ordinal);
        Assert.DoesNotContain("keyring", nodes[2].Log, StringComparison.Ordinal);
        Assert.False(File.Exists(nodes[2].DataDirectory + ".keyring"));

        // Its catalog and its chunks count: with the first node gone, they are half of what is left.
        nodes[0].Kill();
        Assert.Equal(content, await Content.FetchAsync(nodes[1], "kept"));
        await Content.PutAsync(nodes[1], "later", content);

        // What it missed it gets by itself, without a key.
        nodes.Start(nodes[0]);
        await nodes.WholeAsync(LocalNodes.ReadyTimeout);
        nodes[2].Kill();
        await Content.PutAsync(nodes[1], "missed", Content.Bytes(42, 5_000_000));
        nodes.Start(nodes[2]);
        await nodes.WholeAsync(LocalNodes.ReadyTimeout);
        var chunks = ChunkFiles.NamesOf(nodes[1]);
        await Eventually.HoldsAsync(() => Task.FromResult(chunks.SetEquals(ChunkFiles.NamesOf(nodes[2]))), LocalNodes.ReadyTimeout, "it has every chunk");
    }

    [Fact]
    public async Task It_has_no_console_and_no_S3()
    {
        await using var nodes = new LocalNodes(1, output);
        var arguments = nodes[0].Arguments(nodes.PathOf("node.hocon"), [], 1);

        (await DfsProgram.RunAsync(nodes.Folder, [.. arguments, "--role", "storage", "--console"])).Refused(ExitCode.Usage, "has no files for a console");
        (await DfsProgram.RunAsync(nodes.Folder, [.. arguments, "--role", "storage", "--s3", "127.0.0.1:0"])).Refused(ExitCode.Configuration, "has no S3 endpoint");
        Assert.False(Directory.Exists(nodes[0].DataDirectory));
    }
}
