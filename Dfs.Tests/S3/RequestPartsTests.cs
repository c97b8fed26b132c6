using System.Text;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Tests.Kit;

namespace Dfs.Tests.S3;

public sealed class RequestPartsTests
{
    // "123456789" is the check of the catalogue of parametrised CRC algorithms.
    [Theory]
    [InlineData("crc32", "CBF43926")]
    [InlineData("crc32c", "E3069283")]
    [InlineData("crc64nvme", "AE8B14860A799888")]
    public void Checks_are_those_that_others_compute(string algorithm, string expected)
    {
        using var checksum = Checksum.Create(algorithm);
        checksum.Append("1234"u8);
        checksum.Append("56789"u8);

        Assert.Equal(expected, Convert.ToHexString(checksum.Finish()));
    }

    // Property: the check of a whole is that of its parts put together, wherever it is cut.
    [Theory, Seeds(20)]
    public void Checks_of_parts_make_the_check_of_the_whole(int seed)
    {
        var random = new Random(seed);
        var whole = new byte[random.Next(1, 5000)];
        random.NextBytes(whole);
        var cuts = Enumerable.Range(0, 3).Select(_ => random.Next(whole.Length + 1)).Append(0).Append(whole.Length).Order().ToList();
        foreach (var algorithm in new[] { "crc32", "crc32c", "crc64nvme" })
        {
            var parts = cuts.Zip(cuts.Skip(1), (from, to) => whole[from..to]).Select(part => (Of(algorithm, part), (long)part.Length));

            Assert.Equal(Convert.ToBase64String(Of(algorithm, whole)), CombinedChecksum.Full(algorithm, parts));
        }
    }

    [Theory]
    [InlineData(null, 0, 100, false)]
    [InlineData("bytes=0-9", 0, 10, true)]
    [InlineData("bytes=90-", 90, 10, true)]
    [InlineData("bytes=-10", 90, 10, true)]
    [InlineData("bytes=-1000", 0, 100, true)]
    [InlineData("bytes=99-5000", 99, 1, true)]
    [InlineData("bytes=5-4", 0, 100, false)]
    [InlineData("bytes=a-b", 0, 100, false)]
    [InlineData("bytes=0-1,5-6", 0, 100, false)]
    [InlineData("lines=0-9", 0, 100, false)]
    public void A_range_is_what_the_header_asks_for(string? header, long offset, long count, bool isPart) =>
        Assert.Equal(new ObjectRange(offset, count, isPart), ObjectRange.Of(header, 100));

    [Theory]
    [InlineData("bytes=100-", 100)]
    [InlineData("bytes=-0", 100)]
    [InlineData("bytes=0-0", 0)]
    public void A_range_beyond_the_end_is_refused(string header, long sizeBytes) =>
        Assert.Equal(S3Error.InvalidRange, Assert.Throws<S3Exception>(() => ObjectRange.Of(header, sizeBytes)).Error);

    [Theory]
    [InlineData("\"e\"", null, ConditionOutcome.Holds)]
    [InlineData("\"x\"", null, ConditionOutcome.Failed)]
    [InlineData("\"x\", \"e\"", null, ConditionOutcome.Holds)]
    [InlineData(null, "\"e\"", ConditionOutcome.NotModified)]
    [InlineData(null, "*", ConditionOutcome.NotModified)]
    [InlineData(null, "\"x\"", ConditionOutcome.Holds)]
    [InlineData("\"e\"", "\"e\"", ConditionOutcome.NotModified)]
    public void Conditions_compare_etags(string? ifMatch, string? ifNoneMatch, ConditionOutcome outcome) =>
        Assert.Equal(outcome, new Conditions(ifMatch, ifNoneMatch, null, null).For("e", DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData("Thu, 01 Jan 1970 00:00:01 GMT", null, ConditionOutcome.NotModified)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", null, ConditionOutcome.Holds)]
    [InlineData(null, "Thu, 01 Jan 1970 00:00:00 GMT", ConditionOutcome.Failed)]
    [InlineData(null, "Thu, 01 Jan 1970 00:00:01 GMT", ConditionOutcome.Holds)]
    public void Conditions_compare_times_to_the_second(string? since, string? until, ConditionOutcome outcome) => Assert.Equal(
        outcome, new Conditions(null, null, since, until).For("e", DateTimeOffset.FromUnixTimeMilliseconds(1700)));

    [Theory]
    [InlineData("/b/k", "localhost", "b", "k")]
    [InlineData("/b/", "localhost", "b", "")]
    [InlineData("/b", "localhost", "b", "")]
    [InlineData("/", "localhost", "", "")]
    [InlineData("/b//a/../c%2Fd?x", "localhost", "b", "/a/../c/d")]
    [InlineData("/k/l", "b.localhost", "b", "k/l")]
    [InlineData("/", "b.c.localhost", "b.c", "")]
    [InlineData("/b/a+b%20%C3%BC", "localhost", "b", "a+b ü")]
    public void A_target_names_bucket_and_key(string raw, string host, string bucket, string key)
    {
        Assert.True(S3Target.TryParse(raw, host, "localhost", out var target));

        Assert.Equal((bucket, key), (target.Bucket, target.Key));
    }

    [Theory]
    [InlineData("b/k")]
    [InlineData("/%")]
    [InlineData("/%C3")]
    [InlineData("/b?x=%zz")]
    public void A_target_that_is_not_well_formed_is_none(string raw) => Assert.False(S3Target.TryParse(raw, "h", "localhost", out _));

    [Theory]
    [InlineData("<!DOCTYPE Delete [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Delete>&e;</Delete>")]
    [InlineData("<!DOCTYPE Delete><Delete/>")]
    [InlineData("<Delete>&e;</Delete>")]
    [InlineData("<Delete>")]
    [InlineData("<Other/>")]
    [InlineData("")]
    public void A_document_that_is_not_plain_is_refused(string xml) => Assert.Equal(
        S3Error.MalformedXml, Assert.Throws<S3Exception>(() => S3Xml.Parse(Encoding.UTF8.GetBytes(xml), "Delete")).Error);

    [Fact]
    public void A_document_that_is_too_deep_is_refused()
    {
        var xml = string.Concat(Enumerable.Repeat("<Delete>", 100_000));

        Assert.Equal(S3Error.MalformedXml, Assert.Throws<S3Exception>(() => S3Xml.Parse(Encoding.UTF8.GetBytes(xml), "Delete")).Error);
    }

    [Theory]
    [InlineData("5242880*2,1000", "5242880 5242880 1000")]
    [InlineData("7", "7")]
    public void Sizes_of_parts_are_kept_short(string kept, string each)
    {
        var sizes = each.Split(' ').Select(long.Parse).ToList();

        var metadata = PartSizes.Of(sizes).ToMetadata();

        Assert.Equal(kept, Assert.Single(metadata).Value);
        Assert.Equal(sizes, Enumerable.Range(1, sizes.Count).Select(PartSizes.Of(metadata)!.SizeOf));
        Assert.Empty(PartSizes.Of(Enumerable.Range(0, 1000).Select(i => 5_000_000L + i)).ToMetadata());
    }

    private static byte[] Of(string algorithm, byte[] content)
    {
        using var checksum = Checksum.Create(algorithm);
        checksum.Append(content);
        return checksum.Finish();
    }
}
