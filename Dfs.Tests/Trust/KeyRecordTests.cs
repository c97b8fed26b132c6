using System.Text;
using Dfs.Core.Trust.Grants;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

/// <summary>The bytes of a key's record, docs/formats/grants.md.</summary>
public sealed class KeyRecordTests
{
    private const string Golden =
        "4446534b02" + "01" + "000c" + "736563726574736563726574" + "0002"
        + "0000" + "0000" + "0002" + "0000000000000000"
        + "000670686f746f73" + "0005323032362f" + "0005" + "000000006b49d200";

    private static readonly KeyRecord Sample = new(
        KeyKind.AccessKey, "secretsecret"u8, GrantTests.Set(GrantTests.One("photos/2026/:read,write", 1_800_000_000), GrantTests.One("*:list", 0)));

    [Fact]
    public void A_record_has_the_bytes_that_are_documented()
    {
        Assert.Equal(Golden, Convert.ToHexStringLower(Sample.Encode()));
        Assert.True(KeyRecord.TryDecode(Convert.FromHexString(Golden), out var read));
        Assert.Equal((KeyKind.AccessKey, "secretsecret"), (read.Kind, Encoding.ASCII.GetString(read.Secret)));
        Assert.Equal(["*:list", "photos/2026/:read,write"], read.Grants.Grants.Select(GrantText.Of));
        Assert.Equal(1_800_000_000, read.Grants.Grants[1].ExpiresUnixSeconds);
    }

    [Fact]
    public void A_secret_from_before_there_were_grants_opens_all_of_its_owners_buckets()
    {
        Assert.True(KeyRecord.TryDecode("DFSK/abcdefghijklmnopqrstuvwxyz0123456789"u8, out var read));
        Assert.Equal(["*:all"], read.Grants.Grants.Select(GrantText.Of));
    }

    [Fact]
    public void A_record_prints_no_secret() => Assert.DoesNotContain("secretsecret", Sample.ToString(), StringComparison.Ordinal);

    // Property: what is damaged is refused, or it is the encoding of what is read from it.
    [Theory, Seeds(500)]
    public void Damaged_bytes_are_refused_or_mean_one_thing(int seed)
    {
        var bytes = Mutation.Of(Sample.Encode(), new Random(seed));
        if (KeyRecord.TryDecode(bytes, out var read) && bytes.AsSpan().StartsWith("DFSK\x02"u8))
        {
            Assert.Equal(bytes, read.Encode());
        }
    }
}
