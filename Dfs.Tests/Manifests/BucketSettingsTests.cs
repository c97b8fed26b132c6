using Dfs.Core.Chunking;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

public sealed class BucketSettingsTests
{
    private static readonly BucketSettings Other = new() { IsVersioned = true, Profile = CutProfile.Small, IsDeduplicated = false };

    private static readonly BucketSettings Later = Other with
    {
        Keep = new KeepRule(5, TimeSpan.FromDays(30)),
        Snapshots = BucketSnapshots.None.With("a", 1)!.With("monday", 1_700_000_000_000)!.Without("a"),
    };

    private static readonly BucketSettings Documented = Later.WithDocument("acl", "me").WithDocument("policy", "{}");

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        Assert.Equal(
            "44465342030000" + "00000000" + "0000000000000000" + "00000000" + "00" + "02" + "000361636c" + "00026d65" + "0006706f6c696379" + "00027b7d",
            Convert.ToHexStringLower(BucketSettings.Default.WithDocument("policy", "{}").WithDocument("acl", "me").Encode()));
        Assert.Equal("44465342010000", Convert.ToHexStringLower(BucketSettings.Default.Encode()));
        Assert.Equal("44465342010301", Convert.ToHexStringLower(Other.Encode()));
        Assert.Equal("44465342010b01", Convert.ToHexStringLower((Other with { IsSuspended = true }).Encode()));
        Assert.Equal(
            "44465342020301" + "00000005" + "0000000000278d00" + "00000002" + "01" + "00000002" + "0000018bcfe56800" + "00066d6f6e646179",
            Convert.ToHexStringLower(Later.Encode()));
    }

    [Fact]
    public void What_is_written_is_read_and_nothing_unknown_is_taken_for_a_default()
    {
        Assert.Equal("44465342010400", Convert.ToHexStringLower((BucketSettings.Default with { IsCompressed = true }).Encode()));
        foreach (var settings in new[] { BucketSettings.Default, Other, Later, Other with { IsCompressed = true }, Other with { IsSuspended = true }, Later with { Keep = KeepRule.None }, Documented })
        {
            Assert.True(BucketSettings.TryDecode(settings.Encode(), out var decoded));
            Assert.Equal(settings, decoded);
        }

        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342010800"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342010002"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342030000"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342030000" + "00000000" + "0000000000000000" + "00000000" + "00" + "00"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342040000"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342020000"), out _));
        // What version 1 can say is said in it.
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342020000" + "00000000" + "0000000000000000" + "00000000" + "00"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342020000" + "000f4241" + "0000000000000000" + "00000000" + "00"), out _));
    }

    [Theory, Seeds(50)]
    public void Damaged_bytes_are_refused_or_are_settings_that_write_the_same(int seed)
    {
        var damaged = Mutation.Of((seed % 3 == 0 ? Other : seed % 3 == 1 ? Later : Documented).Encode(), new Random(seed));

        Assert.True(!BucketSettings.TryDecode(damaged, out var settings) || settings.Encode().SequenceEqual(damaged));
    }

    [Fact]
    public void Words_make_settings_and_settings_words()
    {
        Assert.True(BucketChange.TryCreate(BucketChange.Words(Other), out var change, out _));
        Assert.Equal(Other, change.ApplyTo(BucketSettings.Default));
        Assert.Equal(Other, BucketChange.None.ApplyTo(Other));
        Assert.True(BucketChange.TryCreate([new("dedup", "on")], out change, out _));
        Assert.Equal(Other with { IsDeduplicated = true }, change.ApplyTo(Other));
    }

    [Theory]
    [InlineData("dedup", "yes", "'dedup' is 'on' or 'off', not 'yes'.")]
    [InlineData("profile", "tiny", "'profile' is 'default' or 'small', not 'tiny'.")]
    [InlineData("compression", "zip", "'compression' is 'brotli' or 'off', not 'zip'.")]
    [InlineData("keep-last", "0", "'keep-last' is a number of versions, or 'off', not '0'.")]
    [InlineData("keep-for", "30", "'keep-for' is a time such as 30d, 12h, 90m or 45s, or 'off', not '30'.")]
    [InlineData("keep-for", "40000d", "'keep-for' is a time")]
    [InlineData("colour", "red", "A bucket has no setting 'colour'")]
    public void What_cannot_be_set_is_said(string name, string value, string sentence)
    {
        Assert.False(BucketChange.TryCreate([new(name, value)], out _, out var refusal));
        Assert.StartsWith(sentence, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("30d", 30 * 86_400)]
    [InlineData("12h", 12 * 3600)]
    [InlineData("90m", 90 * 60)]
    [InlineData("45s", 45)]
    [InlineData("off", 0)]
    public void Times_are_read_and_written_in_the_same_words(string word, long seconds)
    {
        Assert.True(BucketChange.TryCreate([new("keep-for", word), new("keep-last", "7")], out var change, out _));

        var settings = change.ApplyTo(BucketSettings.Default);

        Assert.Equal(new KeepRule(7, TimeSpan.FromSeconds(seconds)), settings.Keep);
        Assert.Equal((word, "7"), (BucketChange.Words(settings)["keep-for"], BucketChange.Words(settings)["keep-last"]));
    }

    [Fact]
    public void As_many_snapshots_as_there_can_be_fit_a_file_in_its_head()
    {
        var snapshots = BucketSnapshots.None;
        for (var i = 0; i < BucketSnapshots.CountMax; i++)
        {
            snapshots = snapshots.With($"{new string('s', ObjectKey.BucketCharsMax - 3)}{i:D3}", long.MaxValue)!;
        }

        Assert.Null(snapshots.With("more", 0));
        Assert.InRange((Other with { Snapshots = snapshots }).Encode().Length, 1, Manifest.InlineBytesMax);
    }

    [Fact]
    public void What_does_not_fit_a_file_in_its_head_is_not_settings()
    {
        Assert.True(Documented.Fits);
        Assert.True(Documented.WithDocument("policy", new string('x', 8000)).Fits);
        Assert.False(Documented.WithDocument("policy", new string('x', 8192)).Fits);
        Assert.False(Documented.WithDocument("policy", new string('x', 100_000)).Fits);
        Assert.Equal(Later, Documented.WithDocument("policy", null).WithDocument("acl", null));
    }

    [Fact]
    public void No_user_can_name_the_bucket_of_settings()
    {
        Assert.NotNull(ObjectKey.BucketRefusal(ObjectKey.SettingsBucket));
        Assert.False(ObjectKey.TryCreate(ObjectKey.SettingsBucket, "files", out _, out _));
    }
}
