using System.Globalization;
using Dfs.Core.Manifests;

namespace Dfs.Client;

/// <summary>When a file's content was last changed where it came from, among its metadata as rclone keeps it over S3.</summary>
public static class SourceTime
{
    /// <summary>The name of the metadata; its value is seconds since 1970, UTC, with up to nine decimals.</summary>
    public const string MetadataName = "x-amz-meta-mtime";

    /// <returns>Null when there is none, or one that cannot be read.</returns>
    public static DateTimeOffset? Of(FileFacts facts) => facts.Metadata.TryGetValue(MetadataName, out var text) ? Parse(text) : null;

    public static FileFacts Keep(FileFacts facts, DateTimeOffset? at) =>
        at is { } time ? facts with { Metadata = facts.Metadata.SetItem(MetadataName, Format(time)) } : facts;

    public static string Format(DateTimeOffset at) =>
        ((decimal)(at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture);

    /// <returns>Null when it is no time between the years 1 and 9999.</returns>
    public static DateTimeOffset? Parse(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && seconds > -62_135_596_800m && seconds < 253_402_300_799m
                ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
                : null;
}
