using Dfs.Node.Cli;
using Dfs.Tests.Kit;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>What a running node refuses.</summary>
[Collection(OneByOne.Name)]
public sealed class BadRequests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_running_node_refuses_a_wrong_token_and_a_second_process_on_its_directory()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var node = nodes[0];
        var token = nodes.PathOf("wrong.token");
        SecretFiles.Write(token, new string('0', 64));

        (await DfsProgram.RunAsync(nodes.Folder, ["ls", "--node", node.Url, "--token-file", token]))
            .Refused(ExitCode.Unauthorized, "token");
        (await DfsProgram.RunAsync(nodes.Folder, ["ls", "--node", node.Url, "--token-file", "no.token"]))
            .Refused(ExitCode.Unauthorized, "no.token");
        (await DfsProgram.RunAsync(
            nodes.Folder,
            ["node", "--port", "0", "--peer-port", "0", "--http", "127.0.0.1:0", "--data", node.DataDirectory, "--keyring", nodes.PathOf("keyring")]))
            .Refused(ExitCode.DataDirectory, node.DataDirectory);

        await node.ReadyAsync(LocalNodes.ReadyTimeout);
    }
}
