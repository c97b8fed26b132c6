using System.Globalization;

namespace Dfs.Node.Cli;

/// <summary>How long something is good, as people write it on a command line: 30m, 12h, 7d.</summary>
internal static class LifetimeText
{
    /// <summary>36,500 of a unit: a hundred years of days.</summary>
    private const int CountMax = 36_500;

    /// <returns>Null for null.</returns>
    /// <exception cref="CliException">It is no such time.</exception>
    public static long? SecondsOf(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var unit = text.Length > 1 ? text[^1] switch { 's' => 1L, 'm' => 60, 'h' => 3600, 'd' => 24 * 3600, _ => 0 } : 0;
        return unit > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is > 0 and <= CountMax
                ? count * unit
                : throw new CliException(ExitCode.Usage, $"'{text}' is no time such as 30m, 12h or 7d.");
    }
}
