using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Node.Cli;

/// <summary><c>dfs verify DIR</c>: reads every chunk of a stopped node.</summary>
public static class VerifyCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The data directory of a node that is stopped" };
        var json = JsonOption.Create();
        var command = new Command("verify", "Read every stored chunk of a stopped node and say what is damaged; changes nothing")
        {
            directory, json,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = await VerifyAsync(parse.GetValue(directory)!, cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(VerifyResult.Of(report), StoreJson.Default.VerifyResult));
            }
            else
            {
                Print(report);
            }

            return report.Damage.Count == 0 ? ExitCode.Done : ExitCode.Damaged;
        });
        return command;
    }

    private static async Task<VerificationReport> VerifyAsync(string path, CancellationToken cancellationToken)
    {
        using var directory = DataDirectoryAccess.Open(path, "dfs verify");
        var verification = new StoreVerification(HostDisk.Instance, directory.ChunksPath);
        return await TransferProgress.RunAsync("verify", verification.TotalBytes(), onBytes =>
            Task.Factory.StartNew(() => verification.Run(onBytes, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    private static void Print(VerificationReport report)
    {
        foreach (var damage in report.Damage)
        {
            Console.WriteLine($"{damage.Path} at {damage.Offset}: {damage.What}{(damage.Chunk is { } chunk ? $" ({chunk})" : "")}");
        }

        var layout = report.Layouts.Count == 0 ? "empty" : string.Join(" and ", report.Layouts.Select(StoreLayouts.NameOf));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{layout}: {Counted.Of(report.Chunks, "chunk")} whole, {report.Bytes:N0} bytes; {Counted.Of(report.Damage.Count, "place")} damaged; {report.TornBytes:N0} bytes never acknowledged"));
        if (report.Damage.Count > 0)
        {
            Console.WriteLine("Start the node: what is damaged comes back from the others when it is read, or when they compare.");
        }
    }
}
