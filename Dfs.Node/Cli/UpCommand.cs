using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs up</c>: a whole cluster on this machine, one process a node, until Ctrl-C.</summary>
public static class UpCommand
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var nodes = new Option<int>("--nodes")
        {
            Description = "How many nodes; the first layout waits for all of them",
            DefaultValueFactory = static _ => 3,
        };
        var data = new Option<string>("--data")
        {
            Description = "Folder for the nodes' data, logs and their common keyring",
            DefaultValueFactory = static _ => "cluster",
        };
        var basePort = new Option<int>("--base-port")
        {
            Description = "First of the ports, ten for each node; 0 takes free ones",
            DefaultValueFactory = static _ => 5050,
        };
        var json = new Option<bool>("--json") { Description = "Print JSON for programs: one document, as soon as the cluster is ready" };
        var command = new Command("up", "Start a cluster on this machine; Ctrl-C stops it") { nodes, data, basePort, json };
        command.SetAction((parse, cancellationToken) => RunAsync(
            parse.GetValue(nodes), Path.GetFullPath(parse.GetValue(data)!), parse.GetValue(basePort), parse.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int count, string data, int basePort, bool asJson, CancellationToken cancellationToken)
    {
        if (count is < 1 or > LocalCluster.NodesMax)
        {
            throw new CliException(ExitCode.Usage, $"--nodes is 1 to {LocalCluster.NodesMax}.");
        }

        await using var cluster = LocalCluster.Start(count, data, basePort);
        foreach (var node in asJson ? [] : cluster.Nodes)
        {
            Console.WriteLine($"{node.Name}  {node.Url}  S3 {node.S3Url}  (data {node.DataDirectory}, log {node.LogFile}, process {node.ProcessId})");
        }

        if (await cluster.WaitReadyAsync(ReadyTimeout, cancellationToken) is { } trouble)
        {
            throw new CliException(trouble.ExitCode, trouble.Message);
        }

        if (asJson)
        {
            Console.WriteLine(JsonOption.LineOf(Facts(cluster)));
        }
        else
        {
            PrintWhatNext(cluster);
        }

        return await cluster.WaitForStopAsync(cancellationToken);
    }

    private static JsonObject Facts(LocalCluster cluster) => new()
    {
        ["data"] = cluster.Data,
        ["keyring"] = cluster.KeyringFile,
        ["nodes"] = new JsonArray([.. cluster.Nodes.Select(node => new JsonObject
        {
            ["name"] = node.Name,
            ["url"] = node.Url,
            ["s3"] = node.S3Url,
            ["data"] = node.DataDirectory,
            ["tokenFile"] = Path.Combine(node.DataDirectory, AdminToken.FileName),
            ["log"] = node.LogFile,
            ["process"] = node.ProcessId,
        })]),
    };

    private static void PrintWhatNext(LocalCluster cluster)
    {
        var first = cluster.Nodes[0];
        var last = cluster.Nodes[^1];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"cluster is ready: {cluster.Nodes.Count} nodes. Ctrl-C stops them; the data stays in {cluster.Data}."));
        Console.WriteLine($"""

            Its keyring is {cluster.KeyringFile}. Keep a copy elsewhere: lost keyring = lost files.

            Try next, in another terminal:
              alias dfs='{ProgramCommand.Text}'
              export {NodeOptions.NodeVariable}={first.Url} {NodeOptions.TokenFileVariable}={Path.Combine(first.DataDirectory, AdminToken.FileName)}
              dfs put README.md hello
              dfs ls
              dfs get hello - --node {last.Url} --token-file {Path.Combine(last.DataDirectory, AdminToken.FileName)}
              dfs status
              dfs console
              dfs rm hello
              dfs keys s3 create    # for S3 clients, at {first.S3Url}
            """);
    }
}
