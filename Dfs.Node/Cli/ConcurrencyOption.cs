using System.CommandLine;

namespace Dfs.Node.Cli;

/// <summary><c>--concurrency N</c>, the same in every command that moves many files.</summary>
internal static class ConcurrencyOption
{
    /// <summary>8: enough to hide the rounds of small files, and far below a node's limit of transfers.</summary>
    private const int Usual = 8;

    private const int Max = 64;

    public static Option<int> Create() => new("--concurrency")
    {
        Description = $"How many files are moved at once, 1 to {Max}",
        DefaultValueFactory = static _ => Usual,
        HelpName = "N",
    };

    /// <exception cref="CliException">It is too low or too high.</exception>
    public static int Parse(int count) => count is >= 1 and <= Max
        ? count
        : throw new CliException(ExitCode.Usage, $"--concurrency is 1 to {Max}.");
}
