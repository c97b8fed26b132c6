using System.CommandLine;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs status</c> and <c>dfs peers</c>: two cuts of one answer.</summary>
public static class StatusCommand
{
    public static Command Create() =>
        Create("status", "How the node and its cluster are, and how many more nodes may fail", PrintStatus);

    public static Command CreatePeers()
    {
        var peers = Create("peers", "The nodes that this node knows", PrintPeers);
        peers.Subcommands.Add(CreateExpel());
        peers.Subcommands.Add(CreateRenew());
        return peers;
    }

    private static Command CreateExpel()
    {
        var json = JsonOption.Create();
        var name = new Argument<string>("node") { Description = "Its name, or the replica id of its directory" };
        var command = new Command("expel", "Take a node's certificate back, for good: no other talks to it any more") { name, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            var answer = await client.ExpelAsync(parse.GetValue(name)!, cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.TrustAnswer) : answer.Detail);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateRenew()
    {
        var json = JsonOption.Create();
        return NodeOptions.OnNode(new Command("renew", "Get this node a new key and certificate now, without a stop") { json }, async (parse, client, cancellationToken) =>
        {
            var answer = await client.RenewCertificateAsync(cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.TrustAnswer) : answer.Detail);
        });
    }

    private static Command Create(string name, string description, Action<NodeStatus> print)
    {
        var json = JsonOption.Create();
        var command = new Command(name, description) { json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            var status = await client.StatusAsync(cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(status, AdminJson.Default.NodeStatus));
            }
            else
            {
                print(status);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void PrintStatus(NodeStatus status)
    {
        foreach (var line in StatusText.Lines(status))
        {
            Console.WriteLine(line);
        }
    }

    private static void PrintPeers(NodeStatus status)
    {
        foreach (var line in StatusText.PeerLines(status))
        {
            Console.WriteLine(line);
        }
    }
}
