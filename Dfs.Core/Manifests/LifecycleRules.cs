using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;

namespace Dfs.Core.Manifests;

/// <summary>What a bucket lets go of by itself ("Managing your storage lifecycle"): its rules, and what they mean now.</summary>
/// <remarks>
/// Pure: the time comes from outside. Kept as XML in a document of the bucket's settings, as it is answered; docs/formats/s3.md. A file that two rules are
/// about goes by the earlier. What is locked stays, whatever is due: see <see cref="VersionLock"/>.
/// </remarks>
public sealed record LifecycleRules(ImmutableArray<LifecycleRule> Rules)
{
    /// <summary>Under this name.</summary>
    public const string DocumentName = "lifecycle";

    public const int RulesMax = 1000;

    private const int IdCharsMax = 255;

    /// <returns>Null when the bucket has none.</returns>
    public static LifecycleRules? Of(BucketSettings settings) =>
        settings.Document(DocumentName) is { } xml && TryParse(XElement.Parse(xml), out var rules, out _) ? rules : null;

    /// <summary>Some rule looks at older versions or at delete markers.</summary>
    public bool AsksHistory => Rules.Any(rule => rule.IsEnabled && (rule.NoncurrentDays is not null || rule.RemovesLoneMarkers));

    /// <summary>Whether anything can become of a file of this name.</summary>
    public bool Concerns(string name) => Rules.Any(rule => rule.Concerns(name));

    /// <summary>Whether a rule for this name looks at tags.</summary>
    public bool AsksTagsOf(string name) => Rules.Any(rule => rule.Concerns(name) && !rule.Tags.IsEmpty);

    /// <summary>What is to be done with a file now.</summary>
    /// <param name="versions">All of them, newest first; of a bucket that keeps none, the one.</param>
    /// <param name="nowUnixMs">By the median of the nodes' clocks.</param>
    public IEnumerable<LifecycleStep> Due(string name, IReadOnlyList<LifecycleVersion> versions, long nowUnixMs)
    {
        if (versions is [{ IsMarker: false } current, ..] && ExpiryOf(name, current) is { } expiry && expiry.AtUnixMs <= nowUnixMs)
        {
            yield return new LifecycleStep(current.Id, IsCurrent: true);
        }

        if (versions is [{ IsMarker: true } marker] && Rules.Any(rule => rule.Matches(name, marker)
            && (rule.RemovesLoneMarkers || (rule.ExpireDays is not null && rule.ExpiryOf(marker.StoredUnixMs) <= nowUnixMs))))
        {
            yield return new LifecycleStep(marker.Id, IsCurrent: false);
        }

        for (var i = 1; i < versions.Count; i++)
        {
            // Never before it was stored itself: a clock that stood wrong at the next put does not make it old.
            var replacedUnixMs = Math.Max(versions[i].StoredUnixMs, versions[i - 1].StoredUnixMs);
            if (Rules.Any(rule => rule.NoncurrentDays is { } days && rule.Matches(name, versions[i]) && i - 1 >= rule.NoncurrentKept
                && LifecycleRule.MidnightAfter(replacedUnixMs, days) <= nowUnixMs))
            {
                yield return new LifecycleStep(versions[i].Id, IsCurrent: false);
            }
        }
    }

    /// <summary>When the current version of a file goes, and by which rule; null for never.</summary>
    public (long AtUnixMs, string RuleId)? ExpiryOf(string name, LifecycleVersion current)
    {
        var (at, id) = Rules.Where(rule => rule.Matches(name, current))
            .Select(rule => (At: rule.ExpiryOf(current.StoredUnixMs), rule.Id)).Where(expiry => expiry.At is not null).OrderBy(expiry => expiry.At).FirstOrDefault();
        return at is { } due ? (due, id) : null;
    }

    /// <summary>Whether an upload that is not complete is to be aborted.</summary>
    public bool IsAbortDue(string name, long begunUnixMs, long nowUnixMs) => Rules.Any(rule =>
        rule.AbortDays is { } days && rule.Concerns(name) && LifecycleRule.MidnightAfter(begunUnixMs, days) <= nowUnixMs);

    /// <param name="refusal">What is wrong with it.</param>
    public static bool TryParse(XElement document, out LifecycleRules rules, out LifecycleRefusal refusal)
    {
        var read = ImmutableArray.CreateBuilder<LifecycleRule>();
        refusal = LifecycleRefusal.None;
        foreach (var element in Children(document, "Rule"))
        {
            refusal = RefusalOf(element, out var rule);
            if (refusal != LifecycleRefusal.None)
            {
                break;
            }

            read.Add(rule);
        }

        rules = new LifecycleRules(read.ToImmutable());
        refusal = refusal != LifecycleRefusal.None ? refusal
            : read.Count is 0 or > RulesMax ? LifecycleRefusal.Malformed
            : read.Select(rule => rule.Id).Distinct(StringComparer.Ordinal).Count() < read.Count ? LifecycleRefusal.BadArgument
            : LifecycleRefusal.None;
        return refusal == LifecycleRefusal.None;
    }

    private static LifecycleRefusal RefusalOf(XElement element, out LifecycleRule rule)
    {
        var (expiration, noncurrent, abort) = (
            Child(element, "Expiration"), Child(element, "NoncurrentVersionExpiration"), Child(element, "AbortIncompleteMultipartUpload"));
        var filter = Child(element, "Filter");
        var filters = new[] { filter, Child(filter, "And") };
        var (status, id, date) = (Text(element, "Status"), Text(element, "ID") ?? "", Text(expiration, "Date"));
        var expireAt = Midnight(date);
        var days = new[] { Text(expiration, "Days"), Text(noncurrent, "NoncurrentDays"), Text(abort, "DaysAfterInitiation") };
        var kept = Text(noncurrent, "NewerNoncurrentVersions");
        rule = new LifecycleRule(
            id, status == "Enabled", filters.Select(part => Text(part, "Prefix")).Append(Text(element, "Prefix")).MaxBy(text => text?.Length ?? -1) ?? "",
            filters.SelectMany(part => Children(part, "Tag")).Concat(Children(Child(filter, "And"), "Tags").SelectMany(tags => Children(tags, "Tag")))
                .DistinctBy(tag => Text(tag, "Key") ?? "")
                .ToImmutableSortedDictionary(tag => Text(tag, "Key") ?? "", tag => Text(tag, "Value") ?? "", StringComparer.Ordinal))
        {
            AboveBytes = filters.Select(part => Number(Text(part, "ObjectSizeGreaterThan"))).Max(),
            BelowBytes = filters.Select(part => Number(Text(part, "ObjectSizeLessThan"))).Min(),
            ExpireDays = (int?)Number(days[0]),
            ExpireAtUnixMs = expireAt,
            RemovesLoneMarkers = Text(expiration, "ExpiredObjectDeleteMarker") is "true" or "True",
            NoncurrentDays = (int?)Number(days[1]),
            NoncurrentKept = (int)(Number(kept) ?? 0),
            AbortDays = (int?)Number(days[2]),
        };
        var ways = new[] { days[0], date, Text(expiration, "ExpiredObjectDeleteMarker") }.Count(way => way is not null);
        return status is not ("Enabled" or "Disabled") || (expiration is not null && ways != 1) || (noncurrent is not null && days[1] is null)
                || (expiration ?? noncurrent ?? abort ?? Transition(element)) is null ? LifecycleRefusal.Malformed
            : Transition(element) is not null ? LifecycleRefusal.NoSuchStorageClass
            : id.Length > IdCharsMax || (date is not null && expireAt is null) || days.Append(kept).Any(text => text is not null && Number(text) is not > 0)
                ? LifecycleRefusal.BadArgument
            : LifecycleRefusal.None;
    }

    // There is one storage class.
    private static XElement? Transition(XElement rule) => Child(rule, "Transition") ?? Child(rule, "NoncurrentVersionTransition");

    private static long? Midnight(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at.UtcDateTime.TimeOfDay == TimeSpan.Zero
            ? at.ToUnixTimeMilliseconds()
            : null;

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue ? number : null;

    // With the namespace of S3, or without.
    private static IEnumerable<XElement> Children(XElement? element, string name) =>
        element?.Elements().Where(child => child.Name.LocalName == name) ?? [];

    private static XElement? Child(XElement? element, string name) => Children(element, name).FirstOrDefault();

    private static string? Text(XElement? element, string name) => Child(element, name)?.Value;
}

/// <summary>Why a document is not taken for rules.</summary>
public enum LifecycleRefusal
{
    None,
    Malformed,
    BadArgument,
    NoSuchStorageClass,
}
