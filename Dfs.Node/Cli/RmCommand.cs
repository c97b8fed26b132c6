using System.CommandLine;

namespace Dfs.Node.Cli;

/// <summary><c>dfs rm KEY</c></summary>
public static class RmCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The file's name in the store" };
        var bucket = BucketOption.Create();
        var command = new Command("rm", "Remove a file everywhere and destroy its keys") { key, bucket };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = parse.GetValue(key)!;
            CheckedKey.Require(parse.GetValue(bucket)!, name);
            using var client = node.Connect(parse);
            await client.RemoveAsync(parse.GetValue(bucket)!, name, cancellationToken);
            Console.Error.WriteLine($"removed {name}");
            return ExitCode.Done;
        });
        return command;
    }
}
