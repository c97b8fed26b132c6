using System.Globalization;

namespace Hocon;

/// <summary>Numbers with a unit behind them.</summary>
internal static class Units
{
    private static readonly Dictionary<string, double> TicksOf = new(StringComparer.Ordinal)
    {
        ["ns"] = 0.01,
        ["nano"] = 0.01,
        ["nanos"] = 0.01,
        ["nanosecond"] = 0.01,
        ["nanoseconds"] = 0.01,
        ["us"] = 10,
        ["micro"] = 10,
        ["micros"] = 10,
        ["microsecond"] = 10,
        ["microseconds"] = 10,
        ["ms"] = TimeSpan.TicksPerMillisecond,
        ["milli"] = TimeSpan.TicksPerMillisecond,
        ["millis"] = TimeSpan.TicksPerMillisecond,
        ["millisecond"] = TimeSpan.TicksPerMillisecond,
        ["milliseconds"] = TimeSpan.TicksPerMillisecond,
        [""] = TimeSpan.TicksPerMillisecond,
        ["s"] = TimeSpan.TicksPerSecond,
        ["second"] = TimeSpan.TicksPerSecond,
        ["seconds"] = TimeSpan.TicksPerSecond,
        ["m"] = TimeSpan.TicksPerMinute,
        ["minute"] = TimeSpan.TicksPerMinute,
        ["minutes"] = TimeSpan.TicksPerMinute,
        ["h"] = TimeSpan.TicksPerHour,
        ["hour"] = TimeSpan.TicksPerHour,
        ["hours"] = TimeSpan.TicksPerHour,
        ["d"] = TimeSpan.TicksPerDay,
        ["day"] = TimeSpan.TicksPerDay,
        ["days"] = TimeSpan.TicksPerDay,
    };

    private static readonly Dictionary<string, decimal> BytesOf = ByteUnits();

    public static bool TryParseDuration(string? text, out TimeSpan duration)
    {
        duration = default;
        var (number, unit) = Split(text);
        if (!TicksOf.TryGetValue(unit, out var ticksOfUnit)
            || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || Math.Round(count * ticksOfUnit) is var ticks && ticks >= long.MaxValue)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    public static bool TryParseSize(string? text, out long bytes)
    {
        bytes = 0;
        var (number, unit) = Split(text);
        if (!BytesOf.TryGetValue(unit, out var bytesOfUnit)
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count > long.MaxValue / bytesOfUnit)
        {
            return false;
        }

        bytes = (long)(count * bytesOfUnit);
        return true;
    }

    private static (string Number, string Unit) Split(string? text)
    {
        var whole = text?.Trim() ?? "";
        var unitStart = whole.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        return (whole[..unitStart], whole[unitStart..].Trim());
    }

    private static Dictionary<string, decimal> ByteUnits()
    {
        var units = new Dictionary<string, decimal>(StringComparer.Ordinal)
        {
            [""] = 1,
            ["b"] = 1,
            ["B"] = 1,
            ["byte"] = 1,
            ["bytes"] = 1,
        };
        var (binary, metric) = (1m, 1m);
        foreach (var (letter, binaryName, metricName) in new[]
        {
            ("K", "kibi", "kilo"), ("M", "mebi", "mega"), ("G", "gibi", "giga"),
            ("T", "tebi", "tera"), ("P", "pebi", "peta"), ("E", "exbi", "exa"),
        })
        {
            binary *= 1024;
            metric *= 1000;
            foreach (var name in (string[])[letter, letter.ToLowerInvariant(), letter + "i", letter + "iB",
                binaryName + "byte", binaryName + "bytes"])
            {
                units[name] = binary;
            }

            foreach (var name in (string[])[letter == "K" ? "kB" : letter + "B", metricName + "byte", metricName + "bytes"])
            {
                units[name] = metric;
            }
        }

        return units;
    }
}
