using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>How many transfers ended, also as JSON.</summary>
/// <param name="Bytes">Of those that were done.</param>
/// <param name="NotTried">Left over when the run was stopped.</param>
/// <param name="LeftOut">Of a kind that is never taken, such as symbolic links.</param>
public sealed record TransferSummary(
    int Done, long Bytes, double Seconds, int NotTried, IReadOnlyList<FailedFile> Failed, IReadOnlyList<LeftOutFile> LeftOut)
{
    /// <summary>The failures' own code when they share one, else <see cref="ExitCode.Failed"/>.</summary>
    [JsonIgnore]
    public int ExitCode => Failed.Count == 0 ? Cli.ExitCode.Done
        : Failed.All(each => each.ExitCode == Failed[0].ExitCode) ? Failed[0].ExitCode
        : Cli.ExitCode.Failed;

    /// <summary>Each failure and the sum to standard error, or all of it to standard output as JSON.</summary>
    /// <param name="verb">Such as "stored".</param>
    public int Report(string verb, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(this, FoldersJson.Default.TransferSummary));
            return ExitCode;
        }

        foreach (var failed in Failed)
        {
            Console.Error.WriteLine($"dfs: {failed.Name}: {failed.Detail}");
        }

        foreach (var left in LeftOut)
        {
            Console.Error.WriteLine($"left out {left.Name}: {left.Why}");
        }

        var more = (Failed.Count > 0 ? $"; {Failed.Count:N0} failed" : "") + (NotTried > 0 ? $"; {NotTried:N0} not tried" : "")
            + (LeftOut.Count > 0 ? $"; {LeftOut.Count:N0} left out" : "");
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{verb} {Counted.Of(Done, "file")}, {TransferProgress.Summary(Bytes, TimeSpan.FromSeconds(Seconds))}{more}"));
        return ExitCode;
    }
}

/// <summary>A file that was not transferred.</summary>
/// <param name="ExitCode">What a command for it alone would have ended with.</param>
public sealed record FailedFile(string Name, int ExitCode, string Detail);

/// <summary>A file that is never taken.</summary>
public sealed record LeftOutFile(string Name, string Why);

[JsonSerializable(typeof(TransferSummary))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
public sealed partial class FoldersJson : JsonSerializerContext;
