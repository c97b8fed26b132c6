using System.Diagnostics.CodeAnalysis;

namespace Dfs.Core.Trust.Grants;

/// <summary>Grants as people write them: BUCKET[/PREFIX]:VERB,VERB with '*' for every bucket.</summary>
public static class GrantText
{
    /// <summary>Every verb but admin.</summary>
    private const string AllWord = "all";

    private static readonly (string Word, Verbs Verb)[] Words =
    [
        ("read", Verbs.Read), ("list", Verbs.List), ("write", Verbs.Write), ("remove", Verbs.Remove), ("share", Verbs.Share), ("manage", Verbs.Manage),
        ("admin", Verbs.Admin),
    ];

    /// <param name="refusal">A sentence for the user.</param>
    public static bool TryParse(string text, long expiresUnixSeconds, [NotNullWhen(true)] out Grant? grant, [NotNullWhen(false)] out string? refusal)
    {
        grant = null;
        // The last: a prefix may have colons.
        var colon = text.LastIndexOf(':');
        var where = colon < 0 ? text : text[..colon];
        var slash = where.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? where : where[..slash];
        refusal = colon < 0 || bucket.Length == 0 ? $"'{text}' is not BUCKET[/PREFIX]:VERB,VERB, such as photos/2026/:read,list or *:read." : null;
        var verbs = Verbs.None;
        foreach (var word in refusal is null ? text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries) : [])
        {
            var verb = word == AllWord ? Grant.OwnerVerbs : Words.FirstOrDefault(known => known.Word == word).Verb;
            refusal ??= verb == Verbs.None ? $"'{word}' is not one of {string.Join(", ", Words.Select(known => known.Word))}, {AllWord}." : null;
            verbs |= verb;
        }

        return refusal is null && Grant.TryCreate(bucket == "*" ? "" : bucket, slash < 0 ? "" : where[(slash + 1)..], verbs, expiresUnixSeconds, out grant, out refusal);
    }

    public static string Of(Grant grant) =>
        $"{(grant.Bucket.Length == 0 ? "*" : grant.Bucket)}{(grant.Prefix.Length == 0 ? "" : "/")}{grant.Prefix}:{Of(grant.Verbs)}";

    /// <summary>In the order in which they are documented; "all" for every one but admin.</summary>
    public static string Of(Verbs verbs)
    {
        var others = Words.Where(known => verbs.HasFlag(known.Verb)).Select(known => known.Word);
        return string.Join(',', (verbs & Grant.OwnerVerbs) != Grant.OwnerVerbs ? others : verbs.HasFlag(Verbs.Admin) ? [AllWord, "admin"] : [AllWord]);
    }
}
