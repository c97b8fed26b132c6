using System.Globalization;

namespace Dfs.Node.Cli;

/// <summary>Sizes and times as people write them on a command line.</summary>
public static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ];

    private static readonly (string Unit, TimeSpan Time)[] Times =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)),
    ];

    /// <summary>Reads "1KiB", "64 MiB", "1.5GB" or a bare number of bytes; units in any case.</summary>
    /// <param name="bytes">A whole number, rounded down.</param>
    public static bool TryParseSize(string text, out long bytes)
    {
        var (number, unit) = Split(text);
        var unitBytes = unit.Length == 0 ? 1 : Units.FirstOrDefault(known => Is(known.Unit, unit)).Bytes;
        var isGood = TryNumber(number, out var value) && unitBytes > 0 && value * unitBytes < long.MaxValue;
        bytes = isGood ? (long)(value * unitBytes) : 0;
        return isGood;
    }

    /// <summary>Reads a size a second, such as "10MB/s" or "512KiB"; more than nothing.</summary>
    public static bool TryParseRate(string text, out long bytesPerSecond)
    {
        var trimmed = text.TrimEnd();
        var size = trimmed.EndsWith("/s", StringComparison.OrdinalIgnoreCase) ? trimmed[..^2] : trimmed;
        return TryParseSize(size, out bytesPerSecond) && bytesPerSecond > 0;
    }

    /// <summary>Reads "500ms", "5s", "2m" or a bare number of seconds; more than nothing and at most a day.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        var (number, unit) = Split(text);
        var unitTime = unit.Length == 0 ? TimeSpan.FromSeconds(1) : Times.FirstOrDefault(known => Is(known.Unit, unit)).Time;
        var isGood = TryNumber(number, out var value) && value * unitTime.TotalDays is > 0 and <= 1;
        time = isGood ? unitTime * value : default;
        return isGood;
    }

    /// <summary>The shortest exact form: "64 MiB", "1,500 B".</summary>
    public static string Format(long bytes)
    {
        var (unit, unitBytes) = Units.Take(3).LastOrDefault(known => bytes >= known.Bytes && bytes % known.Bytes == 0, ("B", 1));
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unitBytes:N0} {unit}");
    }

    private static (string Number, string Unit) Split(string text)
    {
        var trimmed = text.Trim();
        var length = trimmed.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        return (trimmed[..length], trimmed[length..].TrimStart());
    }

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static bool Is(string known, string unit) => string.Equals(known, unit, StringComparison.OrdinalIgnoreCase);
}
