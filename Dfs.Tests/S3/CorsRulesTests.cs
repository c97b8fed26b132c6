using System.Text;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Access;

namespace Dfs.Tests.S3;

public sealed class CorsRulesTests
{
    [Theory]
    [InlineData("*suffix", "foo.suffix", true)]
    [InlineData("*suffix", "foo.suffix.more", false)]
    [InlineData("start*end", "startend", true)]
    [InlineData("start*end", "start12end", true)]
    [InlineData("start*end", "0start12end", false)]
    [InlineData("aba*aba", "aba", false)]
    [InlineData("*", "null", true)]
    [InlineData("https://a", "HTTPS://a", false)]
    public void An_origin_fits_with_one_star_for_any_characters(string allowed, string origin, bool fits) =>
        Assert.Equal(fits, Of($"<CORSRule><AllowedOrigin>{allowed}</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>").Find(origin, "GET", []) is not null);

    [Fact]
    public void The_first_rule_counts_that_allows_origin_method_and_all_headers()
    {
        var rules = Of("<CORSRule><ID>a</ID><AllowedOrigin>x</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"
            + "<CORSRule><ID>b</ID><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>x-*</AllowedHeader></CORSRule>");

        Assert.Equal(["a", "b", "b", null, null], new[] { rules.Find("x", "GET", []), rules.Find("x", "GET", ["X-One"]), rules.Find("y", "GET", []), rules.Find("x", "PUT", []), rules.Find("x", "GET", ["y-One"]) }.Select(rule => rule?.Id));
        Assert.Equal(rules.ToText(), CorsRules.Parse(rules.ToText()).ToText());
    }

    [Theory]
    [InlineData("", "MalformedXML")]
    [InlineData("<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>", "MalformedXML")]
    [InlineData("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>LOOK</AllowedMethod></CORSRule>", "InvalidRequest")]
    [InlineData("<CORSRule><AllowedOrigin>*a*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>", "InvalidRequest")]
    [InlineData("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>a&#10;b: c</ExposeHeader></CORSRule>", "MalformedXML")]
    [InlineData("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule>", "MalformedXML")]
    public void What_means_nothing_is_refused(string rules, string code) =>
        Assert.Equal(code, Assert.Throws<S3Exception>(() => Of(rules)).Error.Code);

    private static CorsRules Of(string rules) =>
        CorsRules.OfDocument(S3Xml.Parse(Encoding.UTF8.GetBytes($"<CORSConfiguration>{rules}</CORSConfiguration>"), "CORSConfiguration"));
}
