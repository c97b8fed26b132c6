using System.Collections.Immutable;
using System.Xml.Linq;
using Dfs.Core.Manifests;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

public sealed class LifecycleRulesTests
{
    private const long Day = 86_400_000;

    private static readonly ImmutableSortedDictionary<string, string> NoTags = FileFacts.NoPairs;

    [Theory]
    [InlineData("<ID>a</ID><Status>Enabled</Status><Expiration><Days>0</Days></Expiration>", LifecycleRefusal.BadArgument)]
    [InlineData("<ID>a</ID><Status>Enabled</Status><Expiration><Date>2030-01-01T10:00:00Z</Date></Expiration>", LifecycleRefusal.BadArgument)]
    [InlineData("<ID>a</ID><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>0</NewerNoncurrentVersions></NoncurrentVersionExpiration>", LifecycleRefusal.BadArgument)]
    [InlineData("<ID>a</ID><Status>enabled</Status><Expiration><Days>1</Days></Expiration>", LifecycleRefusal.Malformed)]
    [InlineData("<ID>a</ID><Status>Enabled</Status>", LifecycleRefusal.Malformed)]
    [InlineData("<ID>a</ID><Status>Enabled</Status><Expiration><Days>1</Days><Date>2030-01-01</Date></Expiration>", LifecycleRefusal.Malformed)]
    [InlineData("<ID>a</ID><Status>Enabled</Status><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>", LifecycleRefusal.NoSuchStorageClass)]
    [InlineData("<ID>a</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule><Rule><ID>a</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>", LifecycleRefusal.BadArgument)]
    public void What_cannot_be_kept_is_refused(string rule, LifecycleRefusal expected)
    {
        Assert.False(LifecycleRules.TryParse(XElement.Parse($"<L><Rule>{rule}</Rule></L>"), out _, out var refusal));
        Assert.Equal(expected, refusal);
    }

    [Fact]
    public void A_file_goes_at_the_midnight_after_so_many_days_or_on_the_day()
    {
        var aged = Rules("<Prefix>a/</Prefix><Expiration><Days>2</Days></Expiration>");
        var dated = Rules("<Filter><Prefix>a/</Prefix></Filter><Expiration><Date>1970-01-11T00:00:00.000Z</Date></Expiration>");
        var file = Version(1, storedUnixMs: Day / 2);

        Assert.Equal((3 * Day, "r"), aged.ExpiryOf("a/x", file));
        Assert.Equal((10 * Day, "r"), dated.ExpiryOf("a/x", file));
        Assert.Empty(aged.Due("a/x", [file], 3 * Day - 1));
        Assert.Equal([new LifecycleStep(file.Id, IsCurrent: true)], aged.Due("a/x", [file], 3 * Day));
        Assert.Empty(aged.Due("b/x", [file], 100 * Day));
        Assert.Empty(Rules("<Prefix>a/</Prefix><Expiration><Days>2</Days></Expiration>", "Disabled").Due("a/x", [file], 100 * Day));
        // Exactly at midnight is that day.
        Assert.Equal(2 * Day, aged.ExpiryOf("a/x", Version(1, 0))!.Value.AtUnixMs);
    }

    // 2147483647, the most that S3 takes, is beyond the last date that there is.
    [Fact]
    public void So_many_days_that_there_is_no_such_date_end_on_the_last_one()
    {
        var last = new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

        Assert.Equal(last, Rules("<Prefix/><Expiration><Days>2147483647</Days></Expiration>").ExpiryOf("a", Version(1, Day / 2))!.Value.AtUnixMs);
        Assert.Equal(last, Rules("<Prefix/><Expiration><Days>1</Days></Expiration>").ExpiryOf("a", Version(1, long.MaxValue))!.Value.AtUnixMs);
    }

    [Fact]
    public void A_tag_without_a_key_beside_one_with_an_empty_key_is_no_error() =>
        Assert.NotNull(Rules("<Filter><And><Tag><Value>x</Value></Tag><Tag><Key/><Value>y</Value></Tag></And></Filter><Expiration><Days>1</Days></Expiration>"));

    [Fact]
    public void Rules_look_at_sizes_and_at_all_tags_that_they_name()
    {
        var rules = Rules("<Filter><And><Prefix>a</Prefix><Tag><Key>k</Key><Value>1</Value></Tag><Tag><Key>l</Key><Value>2</Value></Tag>"
            + "<ObjectSizeGreaterThan>10</ObjectSizeGreaterThan><ObjectSizeLessThan>20</ObjectSizeLessThan></And></Filter><Expiration><Days>1</Days></Expiration>");
        var both = NoTags.Add("k", "1").Add("l", "2").Add("m", "3");
        Assert.True(rules.AsksTagsOf("a/x") && !rules.AsksTagsOf("b"));
        Assert.NotNull(rules.ExpiryOf("a", Version(1, 0, sizeBytes: 11) with { Tags = both }));
        Assert.Null(rules.ExpiryOf("a", Version(1, 0, sizeBytes: 11) with { Tags = both.Remove("l") }));
        Assert.Null(rules.ExpiryOf("a", Version(1, 0, sizeBytes: 11) with { Tags = both.SetItem("l", "1") }));
        Assert.Null(rules.ExpiryOf("a", Version(1, 0, sizeBytes: 10) with { Tags = both }));
        Assert.Null(rules.ExpiryOf("a", Version(1, 0, sizeBytes: 20) with { Tags = both }));
    }

    // Against the sentence, version by version: an older version goes so many days after it was replaced, but the newest of them.
    [Theory, Seeds(50)]
    public void Older_versions_go_by_when_they_were_replaced(int seed)
    {
        var random = new Random(seed);
        var (days, kept) = (random.Next(1, 5), random.Next(0, 4));
        var newer = kept > 0 ? $"<NewerNoncurrentVersions>{kept}</NewerNoncurrentVersions>" : "";
        var rules = Rules($"<NoncurrentVersionExpiration><NoncurrentDays>{days}</NoncurrentDays>{newer}</NoncurrentVersionExpiration>");
        var versions = Enumerable.Range(1, random.Next(1, 12)).Select(i => Version(i, random.Next(10) * Day / 2)).OrderByDescending(version => version.StoredUnixMs).ToList();
        var now = random.Next(10) * Day;

        var gone = rules.Due("x", versions, now).ToList();

        Assert.All(gone, step => Assert.False(step.IsCurrent));
        var expected = versions.Skip(1).Where((_, older) => older >= kept && (versions[older].StoredUnixMs + Day - 1) / Day * Day + days * Day <= now);
        Assert.Equal(expected.Select(version => version.Id), gone.Select(step => step.Version));
    }

    [Fact]
    public void A_delete_marker_goes_when_nothing_else_is_left_and_an_upload_that_nobody_completes()
    {
        var marker = Version(1, 0) with { IsMarker = true };
        var rules = Rules("<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>");
        Assert.Equal([new LifecycleStep(marker.Id, IsCurrent: false)], rules.Due("x", [marker], 1));
        Assert.Empty(rules.Due("x", [marker, Version(2, 0)], 100 * Day));
        Assert.Empty(rules.Due("x", [Version(2, 0)], 100 * Day));

        var aborting = Rules("<Prefix>a</Prefix><AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload>");
        Assert.True(aborting.IsAbortDue("a", 0, 3 * Day) && !aborting.IsAbortDue("a", 0, 3 * Day - 1) && !aborting.IsAbortDue("b", 0, 100 * Day));
        Assert.Empty(aborting.Due("a", [Version(1, 0)], 100 * Day));
    }

    private static LifecycleRules Rules(string rule, string status = "Enabled")
    {
        var isRead = LifecycleRules.TryParse(
            XElement.Parse($"<L xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>r</ID><Status>{status}</Status>{rule}</Rule></L>"), out var rules, out var refusal);
        Assert.True(isRead, refusal.ToString());
        return rules;
    }

    private static LifecycleVersion Version(int seed, long storedUnixMs, long sizeBytes = 1) =>
        new(Sample.VersionOf(seed), IsMarker: false, sizeBytes, storedUnixMs, NoTags);
}
