using System.CommandLine;
using Dfs.Node.Folders;

namespace Dfs.Node.Cli;

/// <summary><c>dfs sync SRC DST</c></summary>
public static class SyncCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "A folder here, or a prefix of the store as dfs:PREFIX; dfs: is all of the bucket" };
        var target = new Argument<string>("DST") { Description = "The other one of the two" };
        var delete = new Option<bool>("--delete") { Description = "Remove what only DST has, when everything else succeeded" };
        var yes = new Option<bool>("--yes", "-y") { Description = "With --delete: also when SRC has no files at all" };
        var dryRun = new Option<bool>("--dry-run", "-n") { Description = "Print what would be done and change nothing" };
        var checksum = new Option<bool>("--checksum") { Description = "Compare contents where sizes are the same, not times; reads every file here, and those in the store that were stored without a digest" };
        var bucket = BucketOption.Create();
        var concurrency = ConcurrencyOption.Create();
        var limitRate = LimitRateOption.Create();
        var json = JsonOption.Create();
        var command = new Command("sync", "Make a prefix of the store like a folder, or a folder like a prefix; copies what has another size or time")
        {
            source, target, delete, yes, dryRun, checksum, bucket, concurrency, limitRate, json,
        };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var places = SyncPlaces.Parse(parse.GetValue(source)!, parse.GetValue(target)!);
            var options = new SyncOptions(
                parse.GetValue(checksum), parse.GetValue(delete), parse.GetValue(yes), parse.GetValue(dryRun),
                ConcurrencyOption.Parse(parse.GetValue(concurrency)));
            if (places.IsToStore && !Directory.Exists(places.Folder))
            {
                throw new CliException(ExitCode.Usage, $"{places.Folder} is no folder.");
            }

            CheckedKey.Require(parse.GetValue(bucket)!, places.Prefix + "x");
            var limit = LimitRateOption.Parse(parse.GetValue(limitRate));
            using var client = node.Connect(parse);
            var report = await new FolderSync(client, parse.GetValue(bucket)!, places, options, limit).RunAsync(cancellationToken);
            return report.Report(places.IsToStore, options.IsDryRun, parse.GetValue(json));
        });
        return command;
    }
}
