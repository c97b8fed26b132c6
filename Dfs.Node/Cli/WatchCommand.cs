using System.CommandLine;
using System.Text.Json.Nodes;
using Dfs.Node.Folders;

namespace Dfs.Node.Cli;

/// <summary><c>dfs watch FOLDER PREFIX</c></summary>
public static class WatchCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder here" };
        var prefix = new Argument<string>("PREFIX") { Description = "Where its files are stored; \"\" is all of the bucket" };
        var delete = new Option<bool>("--delete") { Description = "Also remove from the store what is removed here" };
        var settle = TimeOption("--settle", "2s", "How long nothing is to change before it is stored");
        var every = TimeOption("--every", "10m", "Time between two comparisons of both sides when nothing seems to change");
        var untilInputEnds = new Option<bool>("--until-input-ends") { Description = "Stop when standard input ends", Hidden = true };
        var bucket = BucketOption.Create();
        var concurrency = ConcurrencyOption.Create();
        var limitRate = LimitRateOption.Create();
        var command = new Command("watch", "Keep a prefix of the store like a folder, until Ctrl-C")
        {
            folder, prefix, delete, settle, every, untilInputEnds, bucket, concurrency, limitRate, JsonOption.CreateLines(),
        };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var places = SyncPlaces.Parse(parse.GetValue(folder)!, SyncPlaces.StoreScheme + parse.GetValue(prefix));
            var options = new SyncOptions(
                ByContent: false, parse.GetValue(delete), EvenAll: false, IsDryRun: false, ConcurrencyOption.Parse(parse.GetValue(concurrency)));
            CheckedKey.Require(parse.GetValue(bucket)!, places.Prefix + "x");
            var watch = new FolderWatch(
                () => node.Connect(parse), parse.GetValue(bucket)!, places, options, LimitRateOption.Parse(parse.GetValue(limitRate)),
                TimeOf(parse, every), line => Tell(parse, $"dfs: {line}", line));
            using var changes = Watch(places.Folder, TimeOf(parse, settle));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // On a thread of its own: reading the console blocks.
            _ = parse.GetValue(untilInputEnds) ? Task.Run(() => EndAsync(stop), CancellationToken.None) : Task.CompletedTask;
            Tell(parse, $"watching {places.Folder}");
            try
            {
                await watch.RunAsync(changes, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Tell(parse, "stopped; what was not finished is found again at the next start");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Tell(ParseResult parse, string line, string? told = null)
    {
        if (JsonOption.IsGiven(parse))
        {
            Console.WriteLine(JsonOption.LineOf(new JsonObject { ["told"] = told ?? line }));
        }
        else
        {
            Console.Error.WriteLine(line);
        }
    }

    private static async Task EndAsync(CancellationTokenSource stop)
    {
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Only the end means something.
        }

        await stop.CancelAsync();
    }

    private static FolderChanges Watch(string folder, TimeSpan settle)
    {
        try
        {
            return Directory.Exists(folder)
                ? new FolderChanges(folder, settle, TimeProvider.System)
                : throw new CliException(ExitCode.Usage, $"{folder} is no folder.");
        }
        catch (IOException error)
        {
            throw new CliException(ExitCode.Failed, $"Cannot watch {folder}: {error.Message}");
        }
    }

    private static Option<string> TimeOption(string name, string usual, string description) => new(name)
    {
        Description = description + ": 500ms, 5s, 10m",
        DefaultValueFactory = _ => usual,
        HelpName = "TIME",
    };

    private static TimeSpan TimeOf(ParseResult parse, Option<string> option) =>
        SizeText.TryParseTime(parse.GetValue(option)!, out var time)
            ? time
            : throw new CliException(ExitCode.Usage, $"{option.Name} wants a time such as 500ms, 5s or 10m.");
}
