using System.Globalization;

namespace Dfs.Core.Primitives;

/// <summary>A number with its noun, in English: "1 chunk", "1,200 chunks".</summary>
public static class Counted
{
    /// <param name="one">The noun for one.</param>
    /// <param name="many">For all other numbers, zero included; null for <paramref name="one"/> with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}
