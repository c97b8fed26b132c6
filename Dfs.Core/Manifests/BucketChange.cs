using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Chunking;

namespace Dfs.Core.Manifests;

/// <summary>A wish to set some of a bucket's settings, in the words that people and programs use.</summary>
public sealed record BucketChange
{
    public static readonly BucketChange None = new(ImmutableSortedDictionary<string, string>.Empty);

    private BucketChange(ImmutableSortedDictionary<string, string> wishes) => Wishes = wishes;

    public ImmutableSortedDictionary<string, string> Wishes { get; }

    /// <param name="refusal">A sentence for the user: which setting, and what it can be.</param>
    public static bool TryCreate(
        IEnumerable<KeyValuePair<string, string>> wishes,
        [NotNullWhen(true)] out BucketChange? change, [NotNullWhen(false)] out string? refusal)
    {
        var given = wishes.ToImmutableSortedDictionary(StringComparer.Ordinal);
        refusal = given.Where(wish => Set(BucketSettings.Default, wish.Key, wish.Value) is null)
            .Select(wish => Refusal(wish.Key, wish.Value)).FirstOrDefault();
        change = refusal is null ? new BucketChange(given) : null;
        return refusal is null;
    }

    public BucketSettings ApplyTo(BucketSettings settings) =>
        Wishes.Aggregate(settings, (next, wish) => Set(next, wish.Key, wish.Value)!);

    /// <summary>The settings in the same words.</summary>
    public static ImmutableSortedDictionary<string, string> Words(BucketSettings settings) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
            .Add("compression", settings.IsCompressed ? "brotli" : "off")
            .Add("dedup", OnOff(settings.IsDeduplicated))
            .Add("keep-for", settings.Keep.ForText)
            .Add("keep-last", settings.Keep.LastText)
            .Add("profile", settings.Profile == CutProfile.Small ? "small" : "default")
            .Add("versioned", settings.IsSuspended ? "suspended" : OnOff(settings.IsVersioned));

    /// <returns>Null when there is no such setting, or it cannot be that.</returns>
    private static BucketSettings? Set(BucketSettings settings, string name, string value) => (name, value) switch
    {
        ("compression", "brotli" or "off") => settings with { IsCompressed = value == "brotli" },
        ("dedup", "on" or "off") => settings with { IsDeduplicated = value == "on" },
        ("keep-last", _) => KeepRule.ParseLast(value) is { } last ? settings with { Keep = settings.Keep with { Last = last } } : null,
        ("keep-for", _) => KeepRule.ParseFor(value) is { } time ? settings with { Keep = settings.Keep with { For = time } } : null,
        ("profile", "default") => settings with { Profile = CutProfile.Default },
        ("profile", "small") => settings with { Profile = CutProfile.Small },
        ("versioned", "on" or "off" or "suspended") => settings with { IsVersioned = value != "off", IsSuspended = value == "suspended" },
        _ => null,
    };

    private static string Refusal(string name, string value) => name switch
    {
        "dedup" => $"'dedup' is 'on' or 'off', not '{value}'.",
        "versioned" => $"'versioned' is 'on', 'off' or 'suspended', not '{value}'.",
        "profile" => $"'profile' is 'default' or 'small', not '{value}'.",
        "compression" => $"'compression' is 'brotli' or 'off', not '{value}'.",
        "keep-last" => $"'keep-last' is a number of versions, or 'off', not '{value}'.",
        "keep-for" => $"'keep-for' is a time such as 30d, 12h, 90m or 45s, or 'off', not '{value}'.",
        _ => $"A bucket has no setting '{name}'; it has versioned, keep-last, keep-for, profile, dedup and compression.",
    };

    private static string OnOff(bool value) => value ? "on" : "off";
}
