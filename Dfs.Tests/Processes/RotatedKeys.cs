using Dfs.Node.Cli;
using Dfs.Storage.Keyring;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Rotation of an owner's keys with the real program: on nodes that share a keyring's file, and on one that has a copy.</summary>
[Collection(OneByOne.Name)]
public sealed class RotatedKeys(ITestOutputHelper output)
{
    private static readonly TimeSpan CopyTimeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Files_and_shares_outlive_a_rotation_and_the_key_before_is_destroyed_when_every_node_has_the_new_one()
    {
        await using var nodes = new LocalNodes(3, output, keyringOf: index => index < 2 ? "first" : "copy");
        (await DfsProgram.RunAsync(nodes.Folder, ["keys", "create", "--keyring", "first"])).Succeeded();
        File.Copy(nodes.PathOf("first"), nodes.PathOf("copy"));
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var (large, small) = (Content.Bytes(5, 300_000), Content.Bytes(6, 700));
        await Content.PutAsync(nodes[0], "large", large);
        await Content.PutAsync(nodes[1], "small", small);
        await Content.PutAsync(nodes[1], "secret", small);
        var share = (await nodes[0].RunAsync("share", "large")).Succeeded().Text.Trim();
        var chunks = await nodes.CopiedAsync(CopyTimeout);

        // The copy does not know the new key: nothing is wrapped, and the old key stays.
        (await nodes[0].RunAsync("keys", "rotate")).Refused(ExitCode.TryAgain, "node-3", "copy of the keyring");
        Assert.Equal([1u, 2u], EpochsOf(nodes.PathOf("first")));
        Assert.Equal(large, await Content.FetchAsync(nodes[2], "large"));

        File.Copy(nodes.PathOf("first"), nodes.PathOf("copy"), overwrite: true);
        var removed = (await nodes[0].RunAsync("rm", "secret", "--shred")).Succeeded().Errors;
        Assert.Contains("2 files were wrapped anew, under key epoch 2.", removed, StringComparison.Ordinal);
        Assert.Contains("node-3 still has it in a copy", removed, StringComparison.Ordinal);
        Assert.Equal([2u], EpochsOf(nodes.PathOf("first")));
        Assert.Equal([1u, 2u], EpochsOf(nodes.PathOf("copy")));

        foreach (var node in nodes.All)
        {
            Assert.Equal(large, await Content.FetchAsync(node, "large"));
            Assert.Equal(small, await Content.FetchAsync(node, "small"));
            Assert.Equal(large, (await node.RunAsync("get", share, "-")).Succeeded().Output);
        }

        Assert.Equal(chunks, await nodes.CopiedAsync(CopyTimeout));
    }

    private static uint[] EpochsOf(string keyring)
    {
        using var keys = Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(keyring, "")).Keys;
        return [.. keys.Epochs.Keys.Select(epoch => epoch.Value)];
    }
}
