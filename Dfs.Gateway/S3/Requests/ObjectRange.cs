using System.Globalization;

namespace Dfs.Gateway.S3.Requests;

/// <summary>The bytes of a file that a request asks for.</summary>
/// <param name="IsPart">A range was asked for and is given.</param>
public readonly record struct ObjectRange(long OffsetBytes, long CountBytes, bool IsPart)
{
    private const string Unit = "bytes=";

    /// <summary>Reads a Range header (RFC 9110, section 14.2) for a file of that size.</summary>
    /// <remarks>One that is not well-formed, or has several ranges, counts as none.</remarks>
    /// <exception cref="S3Exception">The file has no such bytes.</exception>
    public static ObjectRange Of(string? header, long sizeBytes)
    {
        var whole = new ObjectRange(0, sizeBytes, IsPart: false);
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || header.Contains(',', StringComparison.Ordinal))
        {
            return whole;
        }

        var ends = header[Unit.Length..].Trim().Split('-');
        if (ends.Length != 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[1], out var last) || (first is null && last is null)
            || last < first)
        {
            return whole;
        }

        var from = first ?? Math.Max(0, sizeBytes - last!.Value);
        var to = first is null ? sizeBytes : Math.Min(last ?? long.MaxValue - 1, sizeBytes - 1) + 1;
        return from < to ? new ObjectRange(from, to - from, IsPart: true) : throw new S3Exception(S3Error.InvalidRange);
    }

    /// <returns>False when it is neither empty nor a number.</returns>
    private static bool TryNumber(string text, out long? number)
    {
        number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
        return number is not null || text.Length == 0;
    }
}
