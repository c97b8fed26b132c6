using System.Text;
using Dfs.Node.Cli;
using Dfs.Tests.Sharing;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Sharing between nodes of two owners, with the real program.</summary>
[Collection(OneByOne.Name)]
public sealed class SharedFiles(ITestOutputHelper output)
{
    private static readonly TimeSpan CopyTimeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_shared_file_is_read_on_a_node_without_its_keyring_until_it_is_revoked_or_expires()
    {
        await using var nodes = new LocalNodes(3, output, keyringOf: index => index < 2 ? "first" : "second");
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var (first, second) = (Content.Bytes(5, 300_000), Content.Bytes(6, 700));
        await Content.PutAsync(nodes[0], "papers/plan", first);

        // The same content of another owner has no chunk in common with it.
        var before = await nodes.CopiedAsync(CopyTimeout);
        await Content.PutAsync(nodes[2], "papers/plan", first);
        var after = await nodes.CopiedAsync(CopyTimeout);
        Assert.True(after >= 2 * before, $"{before} chunks, then {after}");

        var file = await ShareAsync(nodes[0], "papers/plan");
        var version = await ShareAsync(nodes[0], "papers/plan", "--version");
        var brief = await ShareAsync(nodes[0], "papers/plan", "--expires", "7d");
        var recipient = (await nodes[2].RunAsync("keys", "identity")).Succeeded().Text.Trim();
        var personal = await ShareAsync(nodes[0], "papers/plan", "--to", recipient);
        foreach (var capability in new[] { file, version, brief, personal })
        {
            Assert.Equal(first, (await nodes[2].RunAsync("get", capability, "-")).Succeeded().Output);
        }

        // By the name that it had, here; by standard input, which no list of processes shows.
        (await nodes[2].RunAsync(Encoding.UTF8.GetBytes(file + "\n"), "get", "-")).Succeeded();
        Assert.Equal(first, await File.ReadAllBytesAsync(nodes.PathOf("plan")));
        (await nodes[1].RunAsync("get", personal, "-")).Refused(ExitCode.NotAllowed, "another recipient");
        (await nodes[0].RunAsync("share", "papers/plan", "--to", recipient[..^1])).Refused(ExitCode.NotAllowed, "dfs keys identity");
        (await nodes[2].RunAsync("get", file[..^2], "-")).Refused(ExitCode.NotAllowed, "damaged");

        // A locked node opens what needs no keyring.
        (await nodes[2].RunAsync("keys", "lock")).Succeeded();
        Assert.Equal(first, (await nodes[2].RunAsync("get", file, "-")).Succeeded().Output);
        (await nodes[2].RunAsync("get", personal, "-")).Refused(ExitCode.Keyring, "locked");

        // The share of the file goes with it; that of the version, whose content is gone, does not open another.
        await Content.PutAsync(nodes[1], "papers/plan", second);
        Assert.Equal(second, (await nodes[2].RunAsync("get", file, "-")).Succeeded().Output);
        (await nodes[2].RunAsync("get", version, "-")).Refused(ExitCode.NotAllowed, "not in force");

        var plain = PlainShare.Read(file);
        var lines = (await nodes[1].RunAsync("share", "--list", "papers/plan")).Succeeded().Text;
        Assert.Equal(3, lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        (await nodes[1].RunAsync("share", "--revoke", Convert.ToHexStringLower(plain.Id))).Succeeded();
        (await nodes[2].RunAsync("get", file, "-")).Refused(ExitCode.NotAllowed, "revoked");
        Assert.Equal(second, (await nodes[2].RunAsync("get", brief, "-")).Succeeded().Output);
        (await nodes[1].RunAsync("share", "--revoke", Convert.ToHexStringLower(plain.Id))).Refused(ExitCode.NotFound, "in force");

        (await nodes[0].RunAsync("rm", "papers/plan")).Succeeded();
        (await nodes[2].RunAsync("get", brief, "-")).Refused(ExitCode.NotAllowed, "removed");
        Assert.DoesNotContain(nodes.All, node => node.Log.Contains("dfs1:", StringComparison.Ordinal));
    }

    private static async Task<string> ShareAsync(NodeProcess node, string key, params string[] options) =>
        (await node.RunAsync(["share", key, .. options])).Succeeded().Text.Trim();
}
