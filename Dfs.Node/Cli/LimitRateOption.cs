using System.CommandLine;
using Dfs.Actors.Transfer;

namespace Dfs.Node.Cli;

/// <summary><c>--limit-rate RATE</c></summary>
internal static class LimitRateOption
{
    public static Option<string?> Create() => new("--limit-rate")
    {
        Description = "Move no more than this, such as 10MB/s or 512KiB/s",
        HelpName = "RATE",
    };

    /// <returns>Unlimited when there is none.</returns>
    /// <exception cref="CliException">It is no rate.</exception>
    public static RateLimit Parse(string? text) =>
        text is null ? RateLimit.None
        : SizeText.TryParseRate(text, out var bytesPerSecond) ? new RateLimit(bytesPerSecond, TimeProvider.System)
        : throw new CliException(ExitCode.Usage, $"--limit-rate wants a size a second, such as 10MB/s or 512KiB/s, not '{text}'.");
}
