using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Node.Cli;

/// <summary><c>dfs convert DIR --to segments|folders</c>: changes how a stopped node's chunks lie on the disk.</summary>
public static class ConvertCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The data directory of a node that is stopped" };
        var target = new Option<string>("--to") { Description = "segments, or folders with one file for each chunk", Required = true };
        var json = JsonOption.Create();
        var command = new Command(
            "convert", "Change how a stopped node's chunks lie on the disk; may be stopped, and goes on when it is run again")
        {
            directory, target, json,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var layout = StoreLayouts.Parse(parse.GetValue(target)!)
                ?? throw new CliException(ExitCode.Usage, $"--to is segments or folders, not '{parse.GetValue(target)}'.");
            var path = parse.GetValue(directory)!;
            var progress = await ConvertAsync(path, layout, cancellationToken);
            Console.WriteLine(parse.GetValue(json)
                ? JsonSerializer.Serialize(ConvertResult.Of(layout, progress), StoreJson.Default.ConvertResult)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} holds {StoreLayouts.NameOf(layout)}: {Counted.Of(progress.Chunks, "chunk")} moved, {progress.Bytes:N0} bytes, {progress.Damaged:N0} damaged and set aside"));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<ConversionProgress> ConvertAsync(string path, StoreLayout layout, CancellationToken cancellationToken)
    {
        using var directory = DataDirectoryAccess.Open(path, "dfs convert");
        var again = $"Run `dfs convert {path} --to {StoreLayouts.NameOf(layout)}` again";
        var conversion = new StoreConversion(HostDisk.Instance, directory.ChunksPath, new BufferPool());
        var totalBytes = new StoreVerification(HostDisk.Instance, directory.ChunksPath).TotalBytes();
        var outcome = await TransferProgress.RunAsync("convert", totalBytes, onBytes =>
        {
            var before = 0L;
            return conversion.RunAsync(layout, Report, cancellationToken);

            void Report(ConversionProgress progress)
            {
                onBytes(progress.Bytes - before);
                before = progress.Bytes;
            }
        });
        return outcome switch
        {
            ConversionOutcome.Done done => done.Progress,
            ConversionOutcome.DiskFull => throw new CliException(ExitCode.DiskFull, $"The disk of {path} is full. {again} when there is room."),
            ConversionOutcome.Failed failed => throw new CliException(ExitCode.Failed, $"{failed.Cause.TrimEnd('.')}. {again} when the disk works."),
            _ => throw new InvalidOperationException($"an outcome that nobody knows: {outcome}"),
        };
    }
}
