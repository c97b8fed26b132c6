using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Tests.S3;

/// <summary>What a browser's form can store, and what its policy keeps it from.</summary>
public sealed class FormUploadSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    private const string Scope = "us-east-1/s3/aws4_request";

    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private static string Policy(string bucket, string more = "", int minutes = 10) => Convert.ToBase64String(Encoding.UTF8.GetBytes(
        $$"""
        {"expiration":"{{TimeProvider.System.GetUtcNow().AddMinutes(minutes):yyyy-MM-ddTHH:mm:ssZ}}","conditions":[{"bucket":"{{bucket}}"},["starts-with","$key","in/"],
         ["eq","$Content-Type","text/plain"],["starts-with","$x-amz-algorithm",""],["starts-with","$x-amz-credential",""],["starts-with","$x-amz-date",""],
         ["content-length-range",3,500000]{{more}}]}
        """));

    [Theory]
    [InlineData(3)]
    [InlineData(400_000)]
    public async Task A_form_stores_what_its_policy_allows(int sizeBytes)
    {
        var bucket = await NewBucketAsync();
        var content = RandomNumberGenerator.GetBytes(sizeBytes);

        using var answer = await PostAsync(bucket, Signed(Policy(bucket), ("key", "in/${filename}"), ("Content-Type", "text/plain"), ("success_action_status", "201"), ("x-ignore-me", "1")), content, extra: "success_action_status");

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Contains("<Key>in/a.txt</Key>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var got = await cluster.Clients[1].GetObjectAsync(bucket, "in/a.txt");
        using var read = new MemoryStream();
        await got.ResponseStream.CopyToAsync(read);
        Assert.Equal(content, read.ToArray());
        Assert.Equal("text/plain", got.Headers.ContentType);
    }

    [Theory]
    [InlineData("another key", HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData("another type", HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData("another field", HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData("expired", HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData("another bucket", HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData("another policy", HttpStatusCode.Forbidden, "SignatureDoesNotMatch")]
    [InlineData("no signature", HttpStatusCode.BadRequest, "InvalidArgument")]
    [InlineData("nobody", HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData("too small", HttpStatusCode.BadRequest, "EntityTooSmall")]
    [InlineData("too large", HttpStatusCode.BadRequest, "EntityTooLarge")]
    [InlineData("twice", HttpStatusCode.BadRequest, "InvalidArgument")]
    [InlineData("long fields", HttpStatusCode.BadRequest, "MaxPostPreDataLengthExceeded")]
    [InlineData("no policy at all", HttpStatusCode.BadRequest, "InvalidPolicyDocument")]
    public async Task What_it_does_not_allow_is_not_stored(string what, HttpStatusCode status, string code)
    {
        var bucket = await NewBucketAsync();
        var policy = what switch
        {
            "expired" => Policy(bucket, minutes: -1),
            "another bucket" => Policy("another"),
            "no policy at all" => Convert.ToBase64String("{}"u8),
            _ => Policy(bucket),
        };
        var fields = Signed(policy, ("key", what == "another key" ? "out/x" : "in/x"), ("Content-Type", what == "another type" ? "text/html" : "text/plain"));
        var changed = what switch
        {
            "another field" => fields.Append(("x-amz-meta-own", "1")),
            "another policy" => fields.Select(field => field.Name == "policy" ? (field.Name, Policy(bucket, """,["eq","$acl","private"]""")) : field),
            "no signature" => fields.Where(field => field.Name != "x-amz-signature"),
            "nobody" => [("key", "in/x")],
            "twice" => fields.Append(("key", "in/y")),
            "long fields" => fields.Prepend(("x-ignore-long", new string('x', 30_000))),
            _ => fields,
        };

        using var answer = await PostAsync(bucket, changed, RandomNumberGenerator.GetBytes(what switch { "too small" => 2, "too large" => 500_001, _ => 10 }));

        Assert.Equal((status, $"<Code>{code}</Code>"), (answer.StatusCode, CodeIn(await answer.Content.ReadAsStringAsync())));
        Assert.Equal(0, (await cluster.Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket })).KeyCount);
    }

    [Fact]
    public async Task Where_everybody_may_write_a_form_needs_no_signature()
    {
        var bucket = await NewBucketAsync(S3CannedACL.PublicReadWrite);

        using var answer = await PostAsync(bucket, [("key", "x"), ("success_action_redirect", "http://127.0.0.1/done?a=1")], "text"u8.ToArray());

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.StartsWith($"http://127.0.0.1/done?a=1&bucket={bucket}&key=x&etag=%22", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(4, (await cluster.Client.GetObjectMetadataAsync(bucket, "x")).ContentLength);
    }

    private IEnumerable<(string Name, string Value)> Signed(string policy, params IEnumerable<(string Name, string Value)> fields)
    {
        var now = TimeProvider.System.GetUtcNow();
        var date = now.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        using var key = new SigningKey(cluster.Nodes.FirstKey.Secret, new CredentialScope(date, "us-east-1", "s3"));
        return
        [
            .. fields, ("policy", policy), ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", $"{cluster.Nodes.FirstKey.AccessKey}/{date}/{Scope}"),
            ("x-amz-date", now.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture)), ("x-amz-signature", key.Sign(policy)),
        ];
    }

    /// <param name="extra">A field that the policy in the form gets a condition for.</param>
    private async Task<HttpResponseMessage> PostAsync(string bucket, IEnumerable<(string Name, string Value)> fields, byte[] content, string? extra = null)
    {
        if (extra is not null)
        {
            fields = Signed(Policy(bucket, $$""",["starts-with","${{extra}}",""]"""), fields.Where(field => !field.Name.StartsWith("x-amz-", StringComparison.Ordinal) && field.Name != "policy"));
        }

        using var form = new MultipartFormDataContent("bound");
        foreach (var (name, value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        form.Add(new ByteArrayContent(content), "file", "a.txt");
        return await Http.PostAsync(new Uri($"{cluster.Nodes[1].S3Url}/{bucket}"), form);
    }

    private static string CodeIn(string document) =>
        document.IndexOf("<Code>", StringComparison.Ordinal) is >= 0 and var at ? document[at..(document.IndexOf("</Code>", StringComparison.Ordinal) + 7)] : document;

    private async Task<string> NewBucketAsync(S3CannedACL? list = null)
    {
        var bucket = "f-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await cluster.Client.PutBucketAsync(new PutBucketRequest { BucketName = bucket, CannedACL = list });
        return bucket;
    }
}
