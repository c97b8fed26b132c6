using System.CommandLine;

namespace Dfs.Node.Cli;

/// <summary><c>dfs rm KEY</c></summary>
public static class RmCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The file's name in the store" };
        var bucket = BucketOption.Create();
        var version = VersionOption.Create("Remove only this version, for good");
        var shred = new Option<bool>("--shred") { Description = "Also rotate the keys, so that old copies of disks do not open it with today's keyring; all files' keys are wrapped anew" };
        var command = new Command("rm", "Remove a file everywhere and destroy its keys; where versions are kept, mark it as deleted")
        {
            key,
            bucket,
            version,
            shred,
        };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = parse.GetValue(key)!;
            CheckedKey.Require(parse.GetValue(bucket)!, name);
            var wanted = VersionOption.Parse(parse.GetValue(version));
            using var client = node.Connect(parse);
            await client.RemoveAsync(parse.GetValue(bucket)!, name, wanted, cancellationToken);
            Console.Error.WriteLine(wanted is null ? $"removed {name}" : $"removed version {wanted} of {name}");
            if (parse.GetValue(shred))
            {
                Console.Error.WriteLine((await client.RotateAsync(cancellationToken)).Detail);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
