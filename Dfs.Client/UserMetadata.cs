using System.Collections.Immutable;
using Dfs.Core.Manifests;

namespace Dfs.Client;

/// <summary>A program's own metadata of a file, kept as S3 clients keep theirs, so that each sees the other's.</summary>
public static class UserMetadata
{
    /// <summary>What its names begin with where it is kept, and as headers.</summary>
    public const string NamePrefix = "x-amz-meta-";

    /// <summary>2,048 bytes of names and values, as S3 has it.</summary>
    public const int BytesMax = 2048;

    /// <summary>Names without the prefix, to values.</summary>
    public static ImmutableSortedDictionary<string, string> Of(FileFacts facts) => Of(facts.Metadata);

    /// <summary>Of what has other pairs, too, such as the headers of a request.</summary>
    public static ImmutableSortedDictionary<string, string> Of(IEnumerable<KeyValuePair<string, string>> pairs) =>
        FileFacts.NoPairs.SetItems(pairs
            .Where(pair => pair.Key.StartsWith(NamePrefix, StringComparison.OrdinalIgnoreCase) && pair.Key.Length > NamePrefix.Length)
            .Select(pair => KeyValuePair.Create(pair.Key[NamePrefix.Length..].ToLowerInvariant(), pair.Value)));

    /// <summary>Adds it to what is kept.</summary>
    public static FileFacts Keep(FileFacts facts, IEnumerable<KeyValuePair<string, string>> metadata) =>
        facts with { Metadata = facts.Metadata.SetItems(metadata.Select(pair => KeyValuePair.Create(NamePrefix + pair.Key, pair.Value))) };

    /// <summary>Null when it can be kept; else a sentence for the user.</summary>
    public static string? Refusal(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Keys.FirstOrDefault(name => !IsName(name)) is { } name ? $"Metadata has names of a-z, 0-9, '-' and '_'; '{name}' is none."
        : metadata.FirstOrDefault(pair => !IsValue(pair.Value)) is { Key: { } odd } ? $"Values of metadata are printable ASCII without spaces at their ends; that of '{odd}' is not."
        : metadata.Sum(pair => pair.Key.Length + pair.Value.Length) > BytesMax ? $"Metadata has at most {BytesMax} bytes of names and values."
        : null;

    /// <summary>Those that a header can carry: other programs' may be of any text.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Carried(FileFacts facts) =>
        Of(facts).Where(pair => IsName(pair.Key) && IsValue(pair.Value));

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_');

    // What a header carries unchanged.
    private static bool IsValue(string value) => value.All(letter => letter is >= ' ' and <= '~') && value.Trim() == value;
}
