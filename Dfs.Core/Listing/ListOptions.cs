namespace Dfs.Core.Listing;

/// <summary>Which page of a bucket's names is wanted.</summary>
public sealed record ListOptions
{
    /// <summary>1,000, as S3 has it: what one page may hold, and holds unless less is asked for.</summary>
    public const int CountLimit = 1000;

    public static readonly ListOptions All = new();

    /// <summary>Names start with it; empty lists all.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// Names that have it behind the prefix are given as one common prefix, which ends where it first does; any text, empty
    /// for none.
    /// </summary>
    public string Delimiter { get; init; } = "";

    /// <summary>
    /// Only names strictly after it, in the ordinal order of their UTF-8; null begins at the first. When it is itself a
    /// common prefix of this listing, everything that starts with it is passed over.
    /// </summary>
    public string? After { get; init; }

    /// <summary>Only names that begin with one of these, none of which begins another; null for all. Common prefixes stand for such names alone.</summary>
    public IReadOnlyList<string>? Within { get; init; }

    /// <summary>Also names that were removed and have older versions.</summary>
    public bool WithRemoved { get; init; }

    /// <summary>At most so many names and common prefixes together; more than <see cref="CountLimit"/> counts as that.</summary>
    public int CountMax { get; init; } = CountLimit;
}
