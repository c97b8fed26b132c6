using Dfs.Core.Chunking;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

public sealed class BucketSettingsTests
{
    private static readonly BucketSettings Other = new() { IsVersioned = true, Profile = CutProfile.Small, IsDeduplicated = false };

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        Assert.Equal("44465342010000", Convert.ToHexStringLower(BucketSettings.Default.Encode()));
        Assert.Equal("44465342010301", Convert.ToHexStringLower(Other.Encode()));
    }

    [Fact]
    public void What_is_written_is_read_and_nothing_unknown_is_taken_for_a_default()
    {
        foreach (var settings in new[] { BucketSettings.Default, Other })
        {
            Assert.True(BucketSettings.TryDecode(settings.Encode(), out var decoded));
            Assert.Equal(settings, decoded);
        }

        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342010400"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342010002"), out _));
        Assert.False(BucketSettings.TryDecode(Convert.FromHexString("44465342020000"), out _));
    }

    [Theory, Seeds(50)]
    public void Damaged_bytes_are_refused_or_are_settings_that_write_the_same(int seed)
    {
        var damaged = Mutation.Of(Other.Encode(), new Random(seed));

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
    [InlineData("colour", "red", "A bucket has no setting 'colour'")]
    public void What_cannot_be_set_is_said(string name, string value, string sentence)
    {
        Assert.False(BucketChange.TryCreate([new(name, value)], out _, out var refusal));
        Assert.StartsWith(sentence, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void No_user_can_name_the_bucket_of_settings()
    {
        Assert.NotNull(ObjectKey.BucketRefusal(ObjectKey.SettingsBucket));
        Assert.False(ObjectKey.TryCreate(ObjectKey.SettingsBucket, "files", out _, out _));
    }
}
