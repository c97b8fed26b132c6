using Dfs.Core.Listing;
using Dfs.Core.Trust.Grants;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

/// <summary>What grants allow, and nothing beside it.</summary>
public sealed class GrantTests
{
    private const long Now = 1_800_000_000;

    private static readonly Verbs[] All = [Verbs.Read, Verbs.List, Verbs.Write, Verbs.Remove, Verbs.Share, Verbs.Manage, Verbs.Admin];

    [Theory]
    [InlineData("photos:read", Verbs.Read, "photos", "a", Verdict.Allowed)]
    [InlineData("photos:read", Verbs.Read, "photos", null, Verdict.Allowed)]
    [InlineData("photos:read", Verbs.Read, "photos2", "a", Verdict.Denied)]
    [InlineData("photos:read", Verbs.Read, null, null, Verdict.Denied)]
    [InlineData("photos:read", Verbs.Write, "photos", "a", Verdict.Denied)]
    [InlineData("photos/in/:write", Verbs.Write, "photos", "in/a", Verdict.Allowed)]
    [InlineData("photos/in/:write", Verbs.Write, "photos", "in", Verdict.Denied)]
    [InlineData("photos/in/:write", Verbs.Write, "photos", null, Verdict.Denied)]
    [InlineData("photos/in/:write", Verbs.Write | Verbs.Share, "photos", "in/a", Verdict.Denied)]
    [InlineData("photos/in/:list", Verbs.List, "photos", "in/sub/", Verdict.Allowed)]
    [InlineData("photos/in/:list", Verbs.List, "photos", "", Verdict.Allowed)]
    [InlineData("photos/in/:list", Verbs.List, "photos", null, Verdict.Allowed)]
    [InlineData("photos/in/:list", Verbs.List, "photos", "out", Verdict.Denied)]
    [InlineData("*:read", Verbs.Read, "any", "k", Verdict.Allowed)]
    [InlineData("*:read", Verbs.Read, null, null, Verdict.Allowed)]
    [InlineData("*/public/:read", Verbs.Read, "any", "public/k", Verdict.Allowed)]
    [InlineData("*/public/:read", Verbs.Read, null, null, Verdict.Denied)]
    [InlineData("*:all", Verbs.Admin, null, null, Verdict.Denied)]
    [InlineData("*:all,admin", Verbs.Admin, null, null, Verdict.Allowed)]
    [InlineData("*:admin", Verbs.Read, "any", "k", Verdict.Denied)]
    [InlineData("photos:list", Verbs.None, null, null, Verdict.Allowed)]
    public void A_grant_allows_what_it_says(string text, Verbs verbs, string? bucket, string? key, Verdict expected) =>
        Assert.Equal(expected, Permissions.Decide(Who(text), verbs, bucket, key, Now));

    [Fact]
    public void What_has_ended_is_told_from_what_never_was_and_the_last_second_counts_as_ended()
    {
        var who = Who(Set(One("photos:read", Now + 1), One("*:list", 0)));

        Assert.Equal(Verdict.Allowed, Permissions.Decide(who, Verbs.Read, "photos", "k", Now));
        Assert.Equal(Verdict.Expired, Permissions.Decide(who, Verbs.Read, "photos", "k", Now + 1));
        Assert.Equal(Verdict.Denied, Permissions.Decide(who, Verbs.Write, "photos", "k", Now + 1));
        Assert.Equal(Verdict.Denied, Permissions.Decide(who, Verbs.Read | Verbs.Write, "photos", "k", Now + 1));
        Assert.Equal(Verdict.Expired, Permissions.Decide(Who(Set(One("photos:read", Now))), Verbs.None, null, null, Now));
        Assert.Equal(Verdict.Denied, Permissions.Decide(new Principal(PrincipalKind.Token, "t", "", GrantSet.None), Verbs.None, null, null, Now));
    }

    // The oracle says what a set of grants means, one grant and one verb at a time.
    [Theory, Seeds(200)]
    public void A_set_allows_what_one_of_its_grants_allows_for_each_verb(int seed)
    {
        var random = new Random(seed);
        string[] buckets = ["", "aaa", "bbb"], prefixes = ["", "p/", "p/q", "r"], keys = ["p/", "p/q/1", "p/x", "r", "z", "p"];
        var grants = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Try(Pick(buckets), Pick(prefixes), (Verbs)random.Next(1, 128), Now + random.Next(-1, 2))).OfType<Grant>().ToList();
        if (grants.Count == 0)
        {
            return;
        }

        var who = Who(Set([.. grants]));
        foreach (var verb in All)
        {
            var (bucket, key) = (random.Next(4) == 0 ? null : Pick(["aaa", "bbb", "ccc"]), random.Next(4) == 0 ? null : Pick(keys));
            key = bucket is null ? null : key;
            var allowed = grants.Exists(grant => grant.Verbs.HasFlag(verb) && (grant.ExpiresUnixSeconds == 0 || grant.ExpiresUnixSeconds > Now)
                && (grant.Bucket == "" || grant.Bucket == bucket)
                && (grant.Prefix == "" || (key ?? "").StartsWith(grant.Prefix, StringComparison.Ordinal)
                    || (bucket is not null && verb == Verbs.List && grant.Prefix.StartsWith(key ?? "", StringComparison.Ordinal))));
            Assert.Equal(allowed, Permissions.Decide(who, verb, bucket, key, Now) == Verdict.Allowed);
        }

        string Pick(string[] from) => from[random.Next(from.Length)];
    }

    [Theory]
    [InlineData("photos:read")]
    [InlineData("photos/a:b/c:read,list")]
    [InlineData("*:all")]
    [InlineData("*:all,admin")]
    [InlineData("*/x/:write,remove,share")]
    [InlineData("photos:manage")]
    public void Text_says_what_was_read_from_it(string text) => Assert.Equal(text, GrantText.Of(One(text, 0)));

    [Theory]
    [InlineData("")]
    [InlineData("photos")]
    [InlineData("photos:")]
    [InlineData(":read")]
    [InlineData("/p:read")]
    [InlineData("photos:reed")]
    [InlineData("photos:read,,list")]
    [InlineData("PHOTOS:read")]
    [InlineData("photos:admin")]
    [InlineData("photos/p:manage")]
    [InlineData("*/p:all")]
    [InlineData("*/p:admin")]
    public void Text_that_is_no_grant_is_refused_with_a_sentence(string text)
    {
        Assert.False(GrantText.TryParse(text, 0, out _, out var refusal));
        Assert.EndsWith(".", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_has_bounds()
    {
        Assert.False(GrantSet.TryCreate([], out _, out _));
        Assert.True(GrantSet.TryCreate(Enumerable.Range(0, GrantSet.GrantsMax).Select(i => One($"bucket-{i}:read", 0)), out _, out _));
        Assert.False(GrantSet.TryCreate(Enumerable.Range(0, GrantSet.GrantsMax + 1).Select(i => One($"bucket-{i}:read", 0)), out _, out _));
        var longest = new string('p', 1000);
        Assert.True(GrantSet.TryCreate(Enumerable.Range(0, 4).Select(i => One($"b-{i}/{longest}:read", 0)), out _, out _));
        Assert.False(GrantSet.TryCreate(Enumerable.Range(0, 5).Select(i => One($"b-{i}/{longest}:read", 0)), out _, out _));
    }

    // Property: a page of a listing within prefixes is the page of the names that have one of them.
    [Theory, Seeds(200)]
    public void A_listing_within_prefixes_shows_those_names_and_no_others(int seed)
    {
        var random = new Random(seed);
        var names = Enumerable.Range(0, random.Next(40)).Select(_ => Name(1, 5)).Distinct().Order(NameOrder.Instance).ToList();
        var grants = Enumerable.Range(0, random.Next(1, 5)).Select(_ => One($"bbb/{Name(1, 3)}:list", 0)).ToArray();
        var within = Set(grants).NamesIn("bbb", Now)!;
        var options = new ListOptions
        {
            Prefix = random.Next(2) == 0 ? "" : Name(1, 2),
            Delimiter = random.Next(2) == 0 ? "" : "/",
            After = random.Next(2) == 0 ? null : Name(1, 4),
            CountMax = random.Next(1, 8),
        };
        var granted = names.Where(name => Array.Exists(grants, grant => name.StartsWith(grant.Prefix, StringComparison.Ordinal)));

        var page = PageCut.Of(options with { Within = within }, new SortedNames<string>(names, name => name));

        var expected = PageCut.Of(options, new SortedNames<string>(granted, name => name));
        Assert.Equal(expected.Entries, page.Entries);
        Assert.Equal(expected.CommonPrefixes, page.CommonPrefixes);
        Assert.Equal((expected.IsTruncated, expected.Next), (page.IsTruncated, page.Next));

        string Name(int charsMin, int charsMax) => new([.. Enumerable.Range(0, random.Next(charsMin, charsMax + 1)).Select(_ => "ab/é"[random.Next(4)])]);
    }

    internal static Grant One(string text, long expires) =>
        GrantText.TryParse(text, expires, out var grant, out var refusal) ? grant : throw new ArgumentException(refusal, nameof(text));

    internal static GrantSet Set(params Grant[] grants) =>
        GrantSet.TryCreate(grants, out var set, out var refusal) ? set : throw new ArgumentException(refusal, nameof(grants));

    private static Grant? Try(string bucket, string prefix, Verbs verbs, long expires) =>
        Grant.TryCreate(bucket, prefix, verbs, expires, out var grant, out _) ? grant : null;

    private static Principal Who(string text) => Who(Set(One(text, 0)));

    private static Principal Who(GrantSet grants) => new(PrincipalKind.Token, "t", "", grants);
}
