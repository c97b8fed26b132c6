using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs drain NODE</c>, <c>dfs undrain NODE</c>, <c>dfs layout remove NODE</c> and <c>dfs can-stop NODE</c></summary>
public static class LayoutCommands
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Command CreateDrain()
    {
        var json = JsonOption.Create();
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it holds nothing any more" };
        var command = Create("drain", "Give everything that a node holds to the others, so that it may be stopped", async (client, name, parse, cancellationToken) =>
        {
            await client.LayoutAsync("drain", name, cancellationToken);
            if (parse.GetValue(noWait))
            {
                Say(parse, json, $"{name} gives its data away; `dfs peers` shows when it holds nothing any more");
                return;
            }

            await WaitAsync(client, name, cancellationToken);
            Say(parse, json, $"{name} holds nothing any more; it may be stopped");
        });
        command.Options.Add(noWait);
        command.Options.Add(json);
        return command;
    }

    public static Command CreateUndrain()
    {
        var json = JsonOption.Create();
        var command = Create("undrain", "Let a node hold data again", async (client, name, parse, cancellationToken) =>
        {
            await client.LayoutAsync("undrain", name, cancellationToken);
            Say(parse, json, $"{name} takes part again");
        });
        command.Options.Add(json);
        return command;
    }

    public static Command CreateLayout()
    {
        var json = JsonOption.Create();
        var remove = Create("remove", "Leave out a node that is gone for good, at once", async (client, name, parse, cancellationToken) =>
            Say(parse, json, (await client.LayoutAsync("remove", name, cancellationToken)).Detail));
        remove.Options.Add(json);
        return new Command("layout", "Who holds data") { remove };
    }

    public static Command CreateCanStop()
    {
        var json = JsonOption.Create();
        var command = Create("can-stop", "Whether a node may be stopped and every file can still be read and written: ends with 0 or 1", async (client, name, parse, cancellationToken) =>
        {
            try
            {
                var answer = await client.CanStopAsync(name, cancellationToken);
                Console.WriteLine(parse.GetValue(json) ? Json(true, answer.Detail) : answer.Detail);
            }
            catch (CliException refused) when (refused.ExitCode == ExitCode.Failed && parse.GetValue(json))
            {
                Console.WriteLine(Json(false, refused.Message));
                throw;
            }

            string Json(bool canStop, string detail) =>
                JsonSerializer.Serialize(new AdminCanStop(name, canStop, detail), AdminJson.Default.AdminCanStop);
        });
        command.Options.Add(json);
        return command;
    }

    // A refusal is a sentence on standard error and an exit code, with and without JSON.
    private static void Say(ParseResult parse, Option<bool> json, string sentence)
    {
        if (parse.GetValue(json))
        {
            Console.WriteLine(JsonSerializer.Serialize(new AdminAnswer(DfsOutcome.Done, sentence), AdminJson.Default.AdminAnswer));
        }
        else
        {
            Console.Error.WriteLine(sentence);
        }
    }

    private static Command Create(
        string verb, string description, Func<NodeClient, string, ParseResult, CancellationToken, Task> act)
    {
        var name = new Argument<string>("NODE") { Description = "Its name, or the replica id of its directory" };
        var command = new Command(verb, description) { name };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            await act(client, parse.GetValue(name)!, parse, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    // How many chunks it holds comes with its greetings, every two seconds.
    private static async Task WaitAsync(NodeClient client, string name, CancellationToken cancellationToken)
    {
        var said = "";
        while (true)
        {
            var status = await client.StatusAsync(cancellationToken);
            var peer = status.Peers.FirstOrDefault(peer => peer.Name == name || peer.Replica == name)
                ?? throw new CliException(ExitCode.NotFound, $"{name} is not known any more.");
            if (!peer.Leaving && peer.InLayout && said.Length > 0)
            {
                throw new CliException(ExitCode.Failed, $"The drain of {name} was taken back.");
            }

            if (peer is { InLayout: false, Leaving: true, Chunks: 0, KeptRows: 0 } && !status.LayoutChanging)
            {
                return;
            }

            var now = string.Create(CultureInfo.InvariantCulture, $"{name} holds {Counted.Of(peer.Chunks, "chunk")}{(peer.KeptRows > 0 ? $", {Counted.Of(peer.KeptRows, "head")}" : "")}{(peer.InLayout ? " and is in the layout" : "")}");
            if (peer.Leaving && now != said)
            {
                Console.Error.WriteLine(said = now);
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }
}
