using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dfs.Node.Folders;

/// <summary>What a comparison of a folder with the store led to, also as JSON.</summary>
/// <param name="Steps">What a dry run would do; else empty.</param>
/// <param name="NotRemovedBecause">Empty unless something was kept back.</param>
public sealed record SyncReport(IReadOnlyList<SyncStep> Steps, TransferSummary Copies, int Removed, int Same, string NotRemovedBecause)
{
    /// <returns>The exit code.</returns>
    public int Report(bool isToStore, bool isDryRun, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(this, SyncJson.Default.SyncReport));
            return Copies.ExitCode;
        }

        foreach (var step in Steps)
        {
            Console.WriteLine($"{step.Action,-6}  {step.Name}  ({step.Because})");
        }

        if (isDryRun)
        {
            Console.Error.WriteLine($"would take {Steps.Count:N0} steps; {Same:N0} are the same. Nothing was changed.");
            return Copies.ExitCode;
        }

        var code = Copies.Report(isToStore ? "stored" : "fetched", asJson: false);
        Console.Error.WriteLine($"{Same:N0} were the same; removed {Removed:N0}{(NotRemovedBecause.Length > 0 ? "; " + NotRemovedBecause : "")}");
        return code;
    }
}

/// <param name="Action">store, fetch or remove.</param>
/// <param name="Because">absent, size, time or content: what differs on the other side.</param>
public sealed record SyncStep(string Action, string Name, string Because);

[JsonSerializable(typeof(SyncReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
public sealed partial class SyncJson : JsonSerializerContext;
