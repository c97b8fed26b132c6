using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs ls [PREFIX]</c></summary>
public static class LsCommand
{
    public static Command Create()
    {
        var prefix = new Argument<string?>("PREFIX")
        {
            Description = "Only names that start with it",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var bucket = BucketOption.Create();
        var json = JsonOption.Create();
        var command = new Command("ls", "List names, sizes in bytes and times") { prefix, bucket, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            var listing = await client.ListAsync(parse.GetValue(bucket)!, parse.GetValue(prefix) ?? "", cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(listing, AdminJson.Default.AdminListing));
                return ExitCode.Done;
            }

            foreach (var entry in listing.Entries)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{entry.SizeBytes,15:N0}  {entry.ModifiedAt:yyyy-MM-dd HH:mm:ss}Z  {entry.Name}"));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
