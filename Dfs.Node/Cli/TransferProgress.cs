using System.Globalization;
using Spectre.Console;

namespace Dfs.Node.Cli;

/// <summary>Shows how far a transfer is: a bar with rate and time left on a terminal, one closing line elsewhere.</summary>
/// <remarks>Everything goes to standard error, so that a file on standard output stays whole.</remarks>
public static class TransferProgress
{
    /// <param name="totalBytes">Null when nobody knows.</param>
    /// <param name="transfer">Is given what to call with each piece's size in bytes.</param>
    public static async Task<T> RunAsync<T>(string title, long? totalBytes, Func<Action<long>, Task<T>> transfer)
    {
        if (Console.IsErrorRedirected)
        {
            return await transfer(static _ => { });
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true).Columns(Columns(totalBytes)).StartAsync(async context =>
        {
            var bar = context.AddTask(Markup.Escape(title), maxValue: Math.Max(1, totalBytes ?? 1));
            bar.IsIndeterminate = totalBytes is null;
            return await transfer(bytes => bar.Increment(bytes));
        });
    }

    /// <summary>"5,368,709,120 bytes in 12.3 s (436 MB/s)".</summary>
    public static string Summary(long bytes, TimeSpan took) => string.Create(
        CultureInfo.InvariantCulture,
        $"{bytes:N0} bytes in {took.TotalSeconds:0.0} s ({bytes / 1e6 / Math.Max(took.TotalSeconds, 1e-6):0.#} MB/s)");

    private static ProgressColumn[] Columns(long? totalBytes) => totalBytes is null
        ? [new TaskDescriptionColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new SpinnerColumn()]
        :
        [
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(),
            new RemainingTimeColumn(),
        ];
}
