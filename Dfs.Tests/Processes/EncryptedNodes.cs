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
    public async Task Nodes_join_by_invitation_once_each_and_put_and_get()
    {
        await using var nodes = new LocalNodes(3, output, "dfs.trust.tls = on");
        nodes.Start([nodes[0]]);
        await Eventually.HoldsAsync(async () => (await nodes[0].RunAsync("token", "list")).ExitCode == 0, LocalNodes.ReadyTimeout, "the first node answers");
        foreach (var node in nodes.All.Skip(1))
        {
            File.Delete(nodes.PathOf("invitation"));
            (await nodes[0].RunAsync("token", "create", "--for", node.Name, "--to", nodes.PathOf("invitation"))).Succeeded();
            (await JoinAsync(nodes, node)).Succeeded();
            nodes.Start([node]);
        }

        await nodes.ReadyAsync();
        var content = Content.Bytes(4, 5_000_000);
        (await nodes[1].RunAsync(content, "put", "-", "joined")).Succeeded();
        Assert.Equal(content, (await nodes[2].RunAsync("get", "joined", "-")).Succeeded().Output);

        Directory.CreateDirectory(nodes.PathOf("thief"));
        (await JoinAsync(nodes, nodes[2], "thief/data")).Refused(ExitCode.Unauthorized, "has been used");
        (await nodes[1].RunAsync("token", "create")).Refused(ExitCode.Of(Dfs.Client.DfsOutcome.NotAllowed), "does not have the cluster's authority");
        var invitation = (await File.ReadAllTextAsync(nodes.PathOf("invitation"))).Trim();
        var list = (await nodes[0].RunAsync("token", "list")).Succeeded().Text;
        Assert.Equal(2, list.Split("used by").Length - 1);
        Assert.All(nodes.All, node => Assert.DoesNotContain(invitation, node.Log, StringComparison.Ordinal));
        Assert.DoesNotContain(invitation, list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_expelled_is_out_on_every_node_and_stays_out()
    {
        await using var nodes = new LocalNodes(3, output, """dfs.trust { tls = on, authority = "authority" }""" + "\n" + LocalNodes.QuickDowning);
        (await DfsProgram.RunAsync(nodes.Folder, ["authority", "create", "--authority", "authority"])).Succeeded();
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        (await nodes[0].RunAsync(Content.Bytes(5, 100_000), "put", "-", "kept")).Succeeded();

        (await nodes[0].RunAsync("peers", "expel", "node-1")).Refused(ExitCode.Of(Dfs.Client.DfsOutcome.NotAllowed), "cannot expel itself");
        (await nodes[0].RunAsync("peers", "expel", "node-9")).Refused(ExitCode.NotFound, "No node is called");
        Assert.Contains("is expelled", (await nodes[0].RunAsync("peers", "expel", "node-3")).Succeeded().Text, StringComparison.Ordinal);

        await Eventually.HoldsAsync(
            async () => (await LocalNodes.StatusAsync(nodes[1]))!.Peers.Single(peer => peer.Name == "node-3").State is not "up", LocalNodes.ReadyTimeout, "node-2 has lost node-3");
        Assert.True(File.Exists(Path.Combine(nodes[1].DataDirectory, "tls", "revoked")));
        Assert.Equal(Content.Bytes(5, 100_000), (await nodes[1].RunAsync("get", "kept", "-")).Succeeded().Output);
        await Eventually.HoldsAsync(
            async () => (await nodes[2].RunAsync("get", "kept", "-")).ExitCode != 0, LocalNodes.ReadyTimeout, "node-3 is answered by nobody");
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            async () => (await http.GetStringAsync(new Uri($"{nodes[1].Url}/metrics"))).Contains("reason=\"revoked\"", StringComparison.Ordinal), LocalNodes.ReadyTimeout, "it is counted");
    }

    [Fact]
    public async Task A_port_for_clients_off_loopback_has_a_certificate_of_the_authoritys_and_dfs_finds_whom_to_believe()
    {
        await using var nodes = new LocalNodes(1, output, "dfs.trust.tls = on");
        var (node, http, s3) = (nodes[0], nodes[0].Ports[2], FreePorts.Take(1)[0]);
        var begun = DfsProgram.Start(
            nodes.Folder,
            [
                .. node.Arguments(nodes.PathOf("node.hocon"), [node.Seed], 1).Select(word => word == $"127.0.0.1:{http}" ? $"0.0.0.0:{http}" : word),
                "--s3", $"0.0.0.0:{s3}", "--client-tls-names", "files.example.org",
            ]);
        using (begun)
        {
            try
            {
                string[] asked = ["--node", $"https://127.0.0.1:{http}", "--token-file", node.TokenFile];
                await Eventually.HoldsAsync(
                    async () => (await DfsProgram.RunAsync(nodes.Folder, ["ls", .. asked])).ExitCode == 0, LocalNodes.ReadyTimeout, "the node answers over TLS, and its token lies beside its authority");
                var content = Content.Bytes(6, 3_000_000);
                (await DfsProgram.RunAsync(nodes.Folder, ["put", "-", "over-tls", .. asked], content)).Succeeded();

                // From another machine: a token in a file of its own, and the authority's certificate.
                File.Copy(node.TokenFile, nodes.PathOf("token"));
                string[] alone = ["--node", $"https://localhost:{http}", "--token-file", nodes.PathOf("token")];
                (await DfsProgram.RunAsync(nodes.Folder, ["get", "over-tls", "-", .. alone])).Refused(ExitCode.Unauthorized, "--ca FILE");
                var authority = Path.Combine(node.DataDirectory, "tls", "authority.pem");
                Assert.Equal(content, (await DfsProgram.RunAsync(nodes.Folder, ["get", "over-tls", "-", "--ca", authority, .. alone])).Succeeded().Output);

                var key = (await DfsProgram.RunAsync(nodes.Folder, ["keys", "s3", "create", "--json", .. asked])).Succeeded().Text;
                using var made = System.Text.Json.JsonDocument.Parse(key);
                var keys = new Dictionary<string, string>
                {
                    ["AWS_ACCESS_KEY_ID"] = made.RootElement.GetProperty("accessKey").GetString()!,
                    ["AWS_SECRET_ACCESS_KEY"] = made.RootElement.GetProperty("secretKey").GetString()!,
                    ["DFS_CA_FILE"] = authority,
                };
                (await DfsProgram.RunAsync(
                    nodes.Folder, ["bench", "--s3", $"https://127.0.0.1:{s3}", "--size", "1KiB", "--duration", "100ms", "--concurrency", "2"], environment: keys)).Succeeded();
            }
            finally
            {
                begun.Kill();
                await begun.WaitForExitAsync();
            }
        }
    }

    private static Task<CommandEnd> JoinAsync(LocalNodes nodes, NodeProcess node, string? data = null) => DfsProgram.RunAsync(
        nodes.Folder, ["join", "--invitation-file", "invitation", "--config", Path.Combine(nodes.Folder, "node.hocon"), "--data", data ?? node.DataDirectory]);

    [Fact]
    public async Task A_node_without_certificate_does_not_start_and_says_what_to_do()
    {
        await using var nodes = new LocalNodes(2, output, "dfs.trust.tls = on");

        var refused = await DfsProgram.RunAsync(nodes.Folder, nodes[1].Arguments(Path.Combine(nodes.Folder, "node.hocon"), [nodes[0].Seed, nodes[1].Seed], 2));

        refused.Refused(ExitCode.Configuration, "dfs join --invitation-file");
    }
}
