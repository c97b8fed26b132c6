using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Manifests;

public sealed class VersionLockTests
{
    private const long Until = 1_893_456_000_000;

    private static readonly VersionLock Governed = new(LockMode.Governance, Until, IsHeld: false), Complied = new(LockMode.Compliance, Until, IsHeld: false);

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        Assert.Equal("01000001b8dac5b400", HexOf(Governed));
        Assert.Equal("06000001b8dac5b400", HexOf(Complied with { IsHeld = true }));
        Assert.Equal("040000000000000000", HexOf(new VersionLock(LockMode.None, 0, IsHeld: true)));
        var plain = Sample.Made(HeadTransition.Put(null, Sample.Put(1)));
        var locked = plain with { Versions = [plain.Versions[0].WithLock(Governed)] };
        Assert.Equal(HeadCodec.Encode(Sample.Signed(plain)).Length + 9, HeadCodec.Encode(Sample.Signed(locked)).Length);
        Assert.True(HeadCodec.TryDecode(HeadCodec.Encode(Sample.Signed(locked)), out var decoded));
        Assert.Equal(Governed, decoded.Head.Versions[0].Lock);
    }

    [Theory]
    [InlineData("000000000000000000")]
    [InlineData("030000000000000001")]
    [InlineData("010000000000000000")]
    [InlineData("040000000000000001")]
    [InlineData("01ffffffffffffffff")]
    public void What_is_no_lock_is_not_read(string hex)
    {
        var reader = new ByteReader(Convert.FromHexString(hex));
        VersionLock.ReadFrom(ref reader);
        Assert.False(reader.IsComplete);
    }

    [Fact]
    public void A_lock_holds_until_its_term_is_over_and_nobody_holds_it()
    {
        var (before, after) = (new LockKey(Until - 1, OpensGovernance: false), new LockKey(Until, OpensGovernance: false));
        Assert.True(Governed.Holds(before) && Complied.Holds(before));
        Assert.False(Governed.Holds(after) || Complied.Holds(after) || VersionLock.None.Holds(LockKey.None));
        // A clock that nobody knows ends nothing.
        Assert.True(Governed.Holds(LockKey.None) && Complied.Holds(LockKey.None));
        Assert.False(Governed.Holds(before with { OpensGovernance = true }));
        Assert.True(Complied.Holds(before with { OpensGovernance = true }));
        Assert.True((Governed with { IsHeld = true }).Holds(new LockKey(long.MaxValue, OpensGovernance: true)));
    }

    [Fact]
    public void A_term_is_made_longer_by_anybody_and_else_changed_by_who_may_open_it()
    {
        var (now, bypass) = (new LockKey(Until - 1, OpensGovernance: false), new LockKey(Until - 1, OpensGovernance: true));
        Assert.True(Governed.MayBecome(Governed with { UntilUnixMs = Until + 1 }, now) && Complied.MayBecome(Complied with { UntilUnixMs = Until + 1 }, now));
        foreach (var next in new[] { Governed with { UntilUnixMs = Until - 1 }, Complied, VersionLock.None })
        {
            Assert.False(Governed.MayBecome(next, now));
            Assert.True(Governed.MayBecome(next, bypass) && Governed.MayBecome(next, new LockKey(Until, OpensGovernance: false)));
        }

        Assert.False(Complied.MayBecome(Governed, bypass) || Complied.MayBecome(Complied with { UntilUnixMs = Until - 1 }, bypass));
        Assert.True(Complied.MayBecome(Complied with { IsHeld = true }, now));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("governance 30 days")]
    [InlineData("compliance 7 years")]
    public void A_bucket_that_has_locks_keeps_them_and_its_versions(string rule)
    {
        var settings = new BucketSettings { IsVersioned = true }.WithDocument(LockRule.DocumentName, rule);
        Assert.Equal(rule, LockRule.Of(settings)!.ToText());
        Assert.NotNull(settings.RefusalOf(settings with { IsVersioned = false }));
        Assert.NotNull(settings.RefusalOf(settings with { IsSuspended = true }));
        Assert.NotNull(settings.RefusalOf(settings.WithDocument(LockRule.DocumentName, null)));
        Assert.Null(settings.RefusalOf(settings.WithDocument(LockRule.DocumentName, "on")));
        Assert.NotNull(BucketSettings.Default.RefusalOf(BucketSettings.Default.WithDocument(LockRule.DocumentName, rule)));
    }

    [Fact]
    public void A_put_is_locked_as_it_says_else_as_its_bucket_says()
    {
        var now = Until - 86_400_000;
        var rule = new LockRule(LockMode.Governance, 1, IsYears: false);
        Assert.Equal(Governed, rule.LockOf(null, now));
        Assert.Equal(Governed with { IsHeld = true }, rule.LockOf(new LockWish(null, true), now));
        Assert.Equal(Complied, rule.LockOf(new LockWish((LockMode.Compliance, Until), null), now));
        Assert.Equal(VersionLock.None, LockRule.WithoutTerm.LockOf(null, now));
    }

    private static string HexOf(VersionLock versionLock)
    {
        var writer = new ByteWriter(16);
        versionLock.WriteTo(writer);
        return Convert.ToHexStringLower(writer.ToArray());
    }
}
