namespace Dfs.Core.Trust.Grants;

/// <summary>The one place that says whether something may be done.</summary>
/// <remarks>Pure; everything that no grant allows is denied.</remarks>
public static class Permissions
{
    /// <param name="verbs">All of them are needed, from one grant or from several; none asks whether any grant is in force.</param>
    /// <param name="bucket">Null for all of the owner's buckets, or what is of none.</param>
    /// <param name="key">Null for the whole bucket; with <see cref="Verbs.List"/> what the names asked for begin with.</param>
    public static Verdict Decide(Principal principal, Verbs verbs, string? bucket, string? key, long nowUnixSeconds)
    {
        var verdict = verbs == Verbs.None ? VerdictOf(principal.Grants, _ => true, nowUnixSeconds) : Verdict.Allowed;
        for (var rest = (uint)verbs; rest != 0; rest &= rest - 1)
        {
            var verb = (Verbs)(rest & ~(rest - 1));
            var its = VerdictOf(principal.Grants, grant => grant.Allows(verb, bucket, key), nowUnixSeconds);
            verdict = its > verdict ? its : verdict;
        }

        return verdict;
    }

    /// <summary>Whether this name may be known to be there, or not to be there.</summary>
    public static bool MayName(Principal principal, string bucket, string key, long nowUnixSeconds) =>
        principal.Grants.NamesIn(bucket, nowUnixSeconds) is not { } prefixes || prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether the bucket is one of those that are shown: something in it is granted.</summary>
    public static bool MaySee(Principal principal, string bucket, long nowUnixSeconds) =>
        principal.Grants.Grants.Any(grant => grant.IsInForce(nowUnixSeconds) && grant.IsAbout(bucket));

    private static Verdict VerdictOf(GrantSet grants, Func<Grant, bool> allows, long nowUnixSeconds) =>
        grants.Grants.Where(allows).ToList() is not { Count: > 0 } allowing ? Verdict.Denied
        : allowing.Exists(grant => grant.IsInForce(nowUnixSeconds)) ? Verdict.Allowed
        : Verdict.Expired;
}

/// <summary>Whether something may be done; of several the greatest counts.</summary>
public enum Verdict
{
    Allowed,

    /// <summary>It could be done until a grant ended.</summary>
    Expired,

    Denied,
}
