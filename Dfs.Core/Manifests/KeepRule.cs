using System.Globalization;

namespace Dfs.Core.Manifests;

/// <summary>Which of a file's versions are kept: the newest so many, and those that were replaced less than so long ago.</summary>
/// <remarks>A version goes when no rule that is set keeps it; the current one always stays.</remarks>
/// <param name="Last">The current version is one of them; zero is no rule.</param>
/// <param name="For">Whole seconds; zero is no rule.</param>
public sealed record KeepRule(int Last, TimeSpan For)
{
    public const int LastMax = 1_000_000;

    /// <summary>A hundred years.</summary>
    public static readonly TimeSpan ForMax = TimeSpan.FromDays(36_500);

    /// <summary>Everything is kept.</summary>
    public static readonly KeepRule None = new(0, TimeSpan.Zero);

    public bool IsNone => Last == 0 && For == TimeSpan.Zero;

    /// <summary>"off", or a number of versions.</summary>
    internal static int? ParseLast(string text) =>
        text == "off" ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last is > 0 and <= LastMax ? last
        : null;

    /// <summary>"off", or a time such as 30d, 12h, 90m or 45s.</summary>
    internal static TimeSpan? ParseFor(string text)
    {
        if (text == "off")
        {
            return TimeSpan.Zero;
        }

        long? unit = text.Length < 2 ? null : text[^1] switch { 'd' => 86_400, 'h' => 3600, 'm' => 60, 's' => 1, _ => null };
        return unit is { } seconds && uint.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count > 0 && count * seconds <= (long)ForMax.TotalSeconds
                ? TimeSpan.FromSeconds(count * seconds)
                : null;
    }

    internal string LastText => Last == 0 ? "off" : Last.ToString(CultureInfo.InvariantCulture);

    internal string ForText
    {
        get
        {
            var seconds = (long)For.TotalSeconds;
            return seconds == 0 ? "off"
                : seconds % 86_400 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400}d")
                : seconds % 3600 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h")
                : seconds % 60 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m")
                : string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
        }
    }
}
