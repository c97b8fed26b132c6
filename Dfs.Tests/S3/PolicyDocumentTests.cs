using System.Text;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Forms;

namespace Dfs.Tests.S3;

/// <summary>Policies that are JSON and no policies: each was an internal error before, and is the client's now.</summary>
public sealed class PolicyDocumentTests
{
    [Theory]
    [InlineData("""[null, "$key", "a"]""")]
    [InlineData("""["eq", null, "a"]""")]
    [InlineData("""["eq", "$key", null]""")]
    [InlineData("""["eq", "$key", 5]""")]
    [InlineData("""{"bucket": null}""")]
    [InlineData("""["content-length-range", "99999999999999999999", 5]""")]
    [InlineData("""["content-length-range", 99999999999999999999, 5]""")]
    [InlineData("""["content-length-range", -1, 5]""")]
    [InlineData("""["eq", "$key", "\ud800"]""")]
    public void A_condition_of_a_form_that_is_none_is_refused(string condition)
    {
        var policy = $$"""{"expiration": "2026-12-30T12:00:00.000Z", "conditions": [{{condition}}]}""";

        var refused = Assert.Throws<S3Exception>(() => FormPolicy.Parse(Convert.ToBase64String(Encoding.UTF8.GetBytes(policy))));

        Assert.Equal("InvalidPolicyDocument", refused.Error.Code);
    }

    [Theory]
    [InlineData(""" "Effect": 5 """)]
    [InlineData(""" "Effect": "Deny", "Sid": "\ud800", "Principal": "*", "Action": "\ud800", "Resource": "*" """)]
    [InlineData(""" "Effect": null """)]
    public void A_statement_of_a_bucket_s_policy_that_is_none_is_refused(string statement) =>
        Assert.Throws<FormatException>(() => BucketPolicy.Parse($$"""{"Statement": [{ {{statement}} }]}""", "bucket"));
}
