using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A cluster whose nodes talk over mutual TLS.</summary>
[Collection(OneByOne.Name)]
public sealed class EncryptedNodes(ITestOutputHelper output)
{
    [Fact]
    public async Task Three_nodes_that_have_the_authority_put_and_get_over_TLS()
    {
        await using var nodes = new LocalNodes(3, output, """dfs.trust { tls = on, authority = "authority" }""");
        (await DfsProgram.RunAsync(nodes.Folder, ["authority", "create", "--authority", "authority"])).Succeeded();
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var content = Content.Bytes(3, 9_000_000);

        (await nodes[0].RunAsync(content, "put", "-", "secret")).Succeeded();

        Assert.Equal(content, (await nodes[2].RunAsync("get", "secret", "-")).Succeeded().Output);
        Assert.Contains("akka.ssl.tcp://", nodes[1].Log, StringComparison.Ordinal);
        Assert.Contains("chunks at https://", nodes[1].Log, StringComparison.Ordinal);
        var status = (await LocalNodes.StatusAsync(nodes[1]))!;
        Assert.All(status.Peers, peer => Assert.StartsWith("https://", peer.PeerEndpoint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_without_certificate_does_not_start_and_says_what_to_do()
    {
        await using var nodes = new LocalNodes(2, output, "dfs.trust.tls = on");

        var refused = await DfsProgram.RunAsync(nodes.Folder, nodes[1].Arguments(Path.Combine(nodes.Folder, "node.hocon"), [nodes[0].Seed, nodes[1].Seed], 2));

        refused.Refused(ExitCode.Configuration, "dfs join INVITATION");
    }
}
