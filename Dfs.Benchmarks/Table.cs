using System.Globalization;
using System.Text;

namespace Dfs.Benchmarks;

/// <summary>Rates and their ratio to a yardstick of the same run, as a table for docs/performance.md.</summary>
internal sealed class Table(string question)
{
    private readonly StringBuilder _rows = new();

    /// <param name="yardstick">What the same machine does at best, in the same unit; null when this row is one itself.</param>
    /// <param name="cpu">What this process spent, with its unit: "1.2 s/GB".</param>
    public void Add(string what, double rate, string unit, double? yardstick = null, string cpu = "–")
    {
        var ratio = yardstick is { } best ? (rate / best).ToString("0.00", CultureInfo.InvariantCulture) : "–";
        _rows.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {rate:#,0} {unit} | {ratio} | {cpu} |");
    }

    public override string ToString() =>
        $"{question} ({Environment.ProcessorCount} processors, {Environment.OSVersion.VersionString})\n\n"
        + $"| what | rate | of its yardstick | CPU |\n| --- | --- | --- | --- |\n{_rows}";

    /// <summary>Megabytes a second, and CPU-seconds for a gigabyte.</summary>
    public void AddBulk(string what, Pace pace, int bytesPerCall, double? yardstick = null) => Add(
        what,
        pace.MegabytesPerSecond(bytesPerCall),
        "MB/s",
        yardstick,
        string.Create(CultureInfo.InvariantCulture, $"{pace.CpuSecondsPerGigabyte(bytesPerCall):0.00} s/GB"));

    /// <summary>Calls a second, and CPU-microseconds for one.</summary>
    public void AddCalls(string what, Pace pace, string unit, double? yardstick = null) => Add(
        what,
        pace.CallsPerSecond,
        unit,
        yardstick,
        string.Create(CultureInfo.InvariantCulture, $"{pace.CpuSecondsPerCall * 1e6:0} µs each"));
}
