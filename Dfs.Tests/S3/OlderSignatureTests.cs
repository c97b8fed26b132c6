using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Tests.S3;

/// <summary>The examples of "Signing and Authenticating REST Requests" in the Amazon S3 Developer Guide: key, requests and signatures are Amazon's.</summary>
public sealed class OlderSignatureTests
{
    private const string Puppy = "bWq2s1WEIj+Ydj0vQ697zp+IXMU=";

    private static readonly SecretAccessKey Secret = new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    public static TheoryData<string, string, string, string, string> Examples => new()
    {
        { "GET", "johnsmith.s3.test", "/photos/puppy.jpg", "date: Tue, 27 Mar 2007 19:36:42 +0000", Puppy },
        { "PUT", "johnsmith.s3.test", "/photos/puppy.jpg", "content-type: image/jpeg|date: Tue, 27 Mar 2007 21:15:45 +0000", "MyyxeRY7whkBe+bq8fHCL/2kKUg=" },
        { "GET", "johnsmith.s3.test", "/?prefix=photos&max-keys=50&marker=puppy", "date: Tue, 27 Mar 2007 19:42:41 +0000", "htDYFYduRNen8P9ZfE/s9SuKy0U=" },
        { "GET", "s3.test", "/johnsmith?prefix=photos", "date: Tue, 27 Mar 2007 19:42:41 +0000", "htDYFYduRNen8P9ZfE/s9SuKy0U=" },
        { "GET", "johnsmith.s3.test", "/?acl", "date: Tue, 27 Mar 2007 19:44:46 +0000", "c2WLPFtWHVgbEmeEG93a4cG37dM=" },
        {
            "PUT", "static.johnsmith.net.s3.test", "/db-backup.dat.gz",
            "date: Tue, 27 Mar 2007 21:06:08 +0000|content-type: application/x-download|content-md5: 4gJE4saaMU4BqNR0kLY+lw==|x-amz-acl: public-read"
                + "|x-amz-meta-reviewedby: joe@johnsmith.net,jane@johnsmith.net|x-amz-meta-filechecksum: 0x02661779|x-amz-meta-checksumalgorithm: crc32",
            "ilyl83RwaSoYIEdixDQcA4OnAnc="
        },
        { "GET", "s3.test", "/", "date: Wed, 28 Mar 2007 01:29:59 +0000", "qGdzdERIC03wnaRNKh6OqZehG9s=" },
        { "GET", "s3.test", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", "date: Wed, 28 Mar 2007 01:49:49 +0000", "DNEZGsoieTZ92F3bUfSPQcbGmlM=" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void A_signed_request_is_the_key_holders(string method, string host, string target, string headers, string signature)
    {
        var request = Signed(method, host, target, headers, signature);

        var claim = RequestClaim.Parse(request, TimeOf(headers));

        Assert.Equal(("AWS", "AKIAIOSFODNN7EXAMPLE", false), (claim.Version, claim.AccessKey, claim.IsPresigned));
        Assert.True(claim.IsTrue(request, Secret));
        Assert.False(claim.IsTrue(request, new SecretAccessKey("another-secret")));
    }

    [Theory]
    [InlineData("GET", "/photos/other.jpg", "")]
    [InlineData("GET", "/photos/puppy.jpg?acl", "")]
    [InlineData("GET", "/photos/puppy.jpg?versionId=1", "")]
    [InlineData("DELETE", "/photos/puppy.jpg", "")]
    [InlineData("GET", "/photos/puppy.jpg", "|x-amz-acl: public-read")]
    [InlineData("GET", "/photos/puppy.jpg", "|content-type: text/html")]
    public void A_request_that_was_changed_is_not(string method, string target, string headers)
    {
        const string Date = "date: Tue, 27 Mar 2007 19:36:42 +0000";
        var request = Signed(method, "johnsmith.s3.test", target, Date + headers, Puppy);

        Assert.False(RequestClaim.Parse(request, TimeOf(Date)).IsTrue(request, Secret));
    }

    [Fact]
    public void A_presigned_address_is_good_until_the_time_that_it_names()
    {
        const long Expires = 1175139620;
        var request = Plain("GET", "johnsmith.s3.test", $"/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires={Expires}", "");
        var then = DateTimeOffset.FromUnixTimeSeconds(Expires);

        var claim = RequestClaim.Parse(request, then);

        Assert.True(claim.IsPresigned && claim.IsTrue(request, Secret));
        Assert.Equal("AccessDenied", Code(request, then.AddSeconds(1)));
        Assert.Equal("AccessDenied", Code(request, then.AddDays(-8)));
        Assert.Null(Code(request, then.AddDays(-7)));
    }

    [Theory]
    [InlineData("date: Tue, 27 Mar 2007 19:36:42 +0000", 15 * 60, null)]
    [InlineData("date: Tue, 27 Mar 2007 19:36:42 +0000", -15 * 60, null)]
    [InlineData("date: Tue, 27 Mar 2007 19:36:42 +0000", 15 * 60 + 1, "RequestTimeTooSkewed")]
    [InlineData("date: Tue, 27 Mar 2007 19:36:42 +0000", -15 * 60 - 1, "RequestTimeTooSkewed")]
    [InlineData("date: Tue, 07 Jul 1950 21:53:04 GMT", 0, "AccessDenied")]
    [InlineData("date: Tue, 27 Mar 2007 19:36:42 +0000|x-amz-date: Bad Date", 0, "AccessDenied")]
    [InlineData("content-type: text/plain", 0, "AccessDenied")]
    public void A_request_has_its_time(string headers, int seconds, string? code) => Assert.Equal(
        code, Code(Signed("GET", "johnsmith.s3.test", "/photos/puppy.jpg", headers, Puppy), TimeOf("date: Tue, 27 Mar 2007 19:36:42 +0000").AddSeconds(seconds)));

    // What a holder of an address or of a request on its way could add, without the key.
    [Theory]
    [InlineData("PUT", "/k?retention", true)]
    [InlineData("PUT", "/?publicAccessBlock", true)]
    [InlineData("GET", "/?prefix=other", false)]
    public void What_chooses_an_operation_and_is_not_signed_is_refused(string method, string target, bool isRefusedInHeader)
    {
        const string Date = "date: Tue, 27 Mar 2007 19:36:42 +0000";
        var now = TimeOf(Date);

        Assert.Equal(isRefusedInHeader ? "AccessDenied" : null, Code(Signed(method, "b.s3.test", target, Date, Puppy), now));
        Assert.Equal("AccessDenied", Code(
            Plain(method, "b.s3.test", $"{target}&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=AA%3D&Expires={now.ToUnixTimeSeconds() + 60}", ""), now));
    }

    [Theory]
    [InlineData("AWS HAHAHA", "InvalidArgument")]
    [InlineData("AWS :", "InvalidArgument")]
    [InlineData("AWS a:b:c", "InvalidArgument")]
    public void A_header_that_is_malformed_is_refused(string authorization, string code) =>
        Assert.Equal(code, Code(Plain("GET", "b.s3.test", "/k", $"authorization: {authorization}"), DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData("?AWSAccessKeyId=a&Signature=b")]
    [InlineData("?AWSAccessKeyId=a&Expires=1")]
    [InlineData("?AWSAccessKeyId=a&Signature=b&Expires=-5")]
    [InlineData("?Signature=b&Expires=99999999999999999999")]
    public void An_address_that_is_not_complete_is_refused(string query) =>
        Assert.Equal("AccessDenied", Code(Plain("GET", "b.s3.test", $"/k{query}", ""), DateTimeOffset.UnixEpoch));

    private static DateTimeOffset TimeOf(string headers) => DateTimeOffset.Parse(
        headers.Split('|').First(header => header.StartsWith("date: ", StringComparison.Ordinal))["date: ".Length..], System.Globalization.CultureInfo.InvariantCulture);

    private static SignableRequest Signed(string method, string host, string target, string headers, string signature) =>
        Plain(method, host, target, $"{headers}|authorization: AWS AKIAIOSFODNN7EXAMPLE:{signature}");

    private static SignableRequest Plain(string method, string host, string rawTarget, string headers)
    {
        Assert.True(S3Target.TryParse(rawTarget, host, "s3.test", out var target));
        var byName = headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(header => header.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return new SignableRequest(method, target, byName.Keys, byName.GetValueOrDefault);
    }

    /// <returns>Null when it is well-formed and in time.</returns>
    private static string? Code(SignableRequest request, DateTimeOffset now)
    {
        try
        {
            RequestClaim.Parse(request, now);
            return null;
        }
        catch (S3Exception refused)
        {
            return refused.Error.Code;
        }
    }
}
