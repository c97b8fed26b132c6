using System.CommandLine;
using Akka.Actor;
using Dfs.Node.Shell;

namespace Dfs.Node.Cli;

/// <summary><c>dfs console</c>: the console of a running node; put and get mean files of this machine.</summary>
public static class ConsoleCommand
{
    public static Command Create()
    {
        var command = new Command("console", "Type write,key,content · read,key · remove,key and more; help lists them");
        var json = JsonOption.CreateLines();
        command.Options.Add(json);
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            await client.StatusAsync(cancellationToken);
            using var system = ActorSystem.Create("console");
            var console = system.ActorOf(
                ConsoleActor.Props(client.Store, () => client.StatusAsync(cancellationToken)), "console");
            await ConsoleLoop.RunAsync(console, Console.In, Console.Out, prompt: !Console.IsInputRedirected, parse.GetValue(json), cancellationToken);
            await system.Terminate();
            return ExitCode.Done;
        });
        return command;
    }
}
