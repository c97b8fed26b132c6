using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>One rule of a bucket's lifecycle: which of its files, and what becomes of them when.</summary>
/// <param name="Prefix">Of the names that it is about.</param>
/// <param name="Tags">What a version must have, all of them.</param>
public sealed record LifecycleRule(string Id, bool IsEnabled, string Prefix, ImmutableSortedDictionary<string, string> Tags)
{
    /// <summary>Larger than this many bytes; null for any size.</summary>
    public long? AboveBytes { get; init; }

    /// <summary>Smaller than this many bytes; null for any size.</summary>
    public long? BelowBytes { get; init; }

    /// <summary>The current version goes so many days after it was stored; null: not by age.</summary>
    public int? ExpireDays { get; init; }

    /// <summary>The current version goes from this day on, in milliseconds since 1970; null: not by date.</summary>
    public long? ExpireAtUnixMs { get; init; }

    /// <summary>A delete marker goes when it is all that is left of the file.</summary>
    public bool RemovesLoneMarkers { get; init; }

    /// <summary>An older version goes so many days after it was replaced; null: it stays.</summary>
    public int? NoncurrentDays { get; init; }

    /// <summary>So many of the newest older versions stay nevertheless.</summary>
    public int NoncurrentKept { get; init; }

    /// <summary>An upload that was not completed goes so many days after its beginning; null: it stays.</summary>
    public int? AbortDays { get; init; }

    public bool Concerns(string name) => IsEnabled && name.StartsWith(Prefix, StringComparison.Ordinal);

    public bool Matches(string name, LifecycleVersion version) =>
        Concerns(name) && !(version.SizeBytes <= AboveBytes) && !(version.SizeBytes >= BelowBytes)
        && Tags.All(tag => version.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);

    /// <summary>When the current version goes; null for never.</summary>
    internal long? ExpiryOf(long storedUnixMs) => ExpireDays is { } days ? MidnightAfter(storedUnixMs, days) : ExpireAtUnixMs;

    /// <summary>The first midnight, UTC, that is so many days later; at most the last that a calendar of four digits has, which is never.</summary>
    internal static long MidnightAfter(long unixMs, int days)
    {
        const long DayMs = 86_400_000, LastDay = 2_932_896;
        return Math.Min((unixMs / DayMs) + (unixMs % DayMs == 0 ? 0 : 1) + days, LastDay) * DayMs;
    }
}

/// <summary>A version as rules look at it.</summary>
/// <param name="StoredUnixMs">By the clock of the node that stored it.</param>
/// <param name="Tags">Empty when no rule asks for them.</param>
public sealed record LifecycleVersion(
    VersionId Id, bool IsMarker, long SizeBytes, long StoredUnixMs, ImmutableSortedDictionary<string, string> Tags);

/// <summary>What is to be done with a file.</summary>
/// <param name="IsCurrent">Remove the file, if this is its current version still; else take this version out.</param>
public readonly record struct LifecycleStep(VersionId Version, bool IsCurrent);
