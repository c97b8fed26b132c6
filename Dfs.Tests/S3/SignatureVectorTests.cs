using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Tests.S3;

/// <summary>
/// The examples of "Authenticating Requests (AWS Signature Version 4)" in the Amazon S3 API Reference: key, requests and
/// signatures are Amazon's.
/// </summary>
public sealed class SignatureVectorTests
{
    private const string Scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static readonly SecretAccessKey Secret = new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    private static readonly DateTimeOffset Then = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("GET", "/test.txt", "host;range;x-amz-content-sha256;x-amz-date", EmptyHash, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")]
    [InlineData("GET", "/?lifecycle", "host;x-amz-content-sha256;x-amz-date", EmptyHash, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("GET", "/?max-keys=2&prefix=J", "host;x-amz-content-sha256;x-amz-date", EmptyHash, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    [InlineData("PUT", "/test%24file.text", "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")]
    public void A_signed_request_is_the_key_holders(string method, string target, string names, string hash, string signature)
    {
        var request = Request(method, target, names, hash, signature);

        var claim = SignatureClaim.Parse(request, Then);

        using var key = new SigningKey(Secret, claim.Scope);
        Assert.Equal(signature, key.Sign(claim.StringToSign(request)));
        Assert.True(claim.IsTrue(request, Secret));
        Assert.False(claim.IsTrue(request, new SecretAccessKey("another-secret")));
    }

    [Theory]
    [InlineData("GET", "/other.txt", "bytes=0-9")]
    [InlineData("GET", "/test.txt?acl", "bytes=0-9")]
    [InlineData("HEAD", "/test.txt", "bytes=0-9")]
    [InlineData("GET", "/test.txt", "bytes=0-10")]
    public void A_request_that_was_changed_is_not(string method, string target, string range)
    {
        const string Signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        var request = Request(method, target, "host;range;x-amz-content-sha256;x-amz-date", EmptyHash, Signature, ("range", range));

        var claim = SignatureClaim.Parse(request, Then);

        Assert.False(claim.IsTrue(request, Secret));
    }

    [Fact]
    public void A_presigned_address_is_good_for_as_long_as_it_says()
    {
        var target = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + Uri.EscapeDataString(Scope)
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        var request = Plain("GET", target, ("host", "examplebucket.s3.amazonaws.com"));

        var claim = SignatureClaim.Parse(request, Then.AddHours(24));

        Assert.True(claim.IsTrue(request, Secret));
        Assert.Equal("AccessDenied", Code(() => SignatureClaim.Parse(request, Then.AddHours(24).AddSeconds(1))));
        Assert.Equal("RequestTimeTooSkewed", Code(() => SignatureClaim.Parse(request, Then.AddMinutes(-15).AddSeconds(-1))));
    }

    [Theory]
    [InlineData(15 * 60, null)]
    [InlineData(-15 * 60, null)]
    [InlineData(15 * 60 + 1, "RequestTimeTooSkewed")]
    [InlineData(-15 * 60 - 1, "RequestTimeTooSkewed")]
    public void Clocks_may_be_a_quarter_of_an_hour_apart(int seconds, string? code)
    {
        var request = Request("GET", "/", "host;x-amz-content-sha256;x-amz-date", EmptyHash, "00");

        Assert.Equal(code, Code(() => SignatureClaim.Parse(request, Then.AddSeconds(seconds))));
    }

    [Fact]
    public void Whatever_changes_what_a_request_does_must_be_signed()
    {
        var request = Request("PUT", "/a", "host;x-amz-content-sha256;x-amz-date", EmptyHash, "00", ("x-amz-copy-source", "b/c"));

        Assert.Equal("AccessDenied", Code(() => SignatureClaim.Parse(request, Then)));
    }

    [Fact]
    public void Content_is_believed_chunk_by_chunk()
    {
        var encoded = Chunked(
            ("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 65536),
            ("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024),
            ("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0)) + "\r\n";
        using var decoder = new AwsChunkedDecoder(Signatures("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"), false);

        Assert.Equal(new string('a', 66560), Decode(decoder, encoded, pieceBytes: 1000));
        Assert.True(decoder.IsDone);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(66000)]
    public void A_changed_byte_ends_it(int at)
    {
        var encoded = new StringBuilder(Chunked(
            ("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 65536),
            ("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024),
            ("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0)) + "\r\n")
        {
            [at] = 'b',
        }.ToString();
        using var decoder = new AwsChunkedDecoder(Signatures("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"), false);

        Assert.Equal("SignatureDoesNotMatch", Code(() => Decode(decoder, encoded, pieceBytes: 1 << 20)));
    }

    [Theory]
    [InlineData("sOO8/Q==", null)]
    [InlineData("sOO8/A==", "SignatureDoesNotMatch")]
    public void Trailers_are_signed_like_chunks(string crc, string? code)
    {
        var encoded = Chunked(
            ("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", 65536),
            ("1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", 1024),
            ("2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", 0))
            + $"x-amz-checksum-crc32c:{crc}\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
        using var decoder = new AwsChunkedDecoder(Signatures("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"), true);

        Assert.Equal(code, Code(() => Decode(decoder, encoded, pieceBytes: 7777)));
        Assert.Equal(code is null, decoder.IsDone);
    }

    [Fact]
    public void An_end_before_the_last_chunk_is_no_end()
    {
        using var decoder = new AwsChunkedDecoder(null, false);

        Assert.Equal("IncompleteBody", Code(() => Decode(decoder, "5\r\nhello\r\n", pieceBytes: 3)));
    }

    [Fact]
    public void Secrets_do_not_print()
    {
        var secret = Secret.Reveal();
        using var key = new SigningKey(Secret, new CredentialScope("20130524", "us-east-1", "s3"));

        Assert.DoesNotContain(secret, $"{Secret} {key} {new AccessKeyPair("a", Secret)}", StringComparison.Ordinal);
    }

    private static ChunkSignatures Signatures(string seed)
    {
        Assert.True(CredentialScope.TryParse(Scope, out _, out var scope));
        return new ChunkSignatures(new SigningKey(Secret, scope), scope, "20130524T000000Z", seed);
    }

    private static string Chunked(params (string Signature, int SizeBytes)[] chunks) => string.Concat(chunks.Select(chunk =>
        string.Create(CultureInfo.InvariantCulture, $"{chunk.SizeBytes:x};chunk-signature={chunk.Signature}\r\n")
        + (chunk.SizeBytes == 0 ? "" : new string('a', chunk.SizeBytes) + "\r\n")));

    private static string Decode(AwsChunkedDecoder decoder, string encoded, int pieceBytes)
    {
        var (content, left) = (new StringBuilder(), ReadOnlySequence<byte>.Empty);
        foreach (var piece in Encoding.ASCII.GetBytes(encoded).Chunk(pieceBytes))
        {
            left = new ReadOnlySequence<byte>([.. left.ToArray(), .. piece]);
            while (decoder.TryRead(ref left, out var some))
            {
                content.Append(Encoding.ASCII.GetString(some));
            }
        }

        decoder.End();
        return content.ToString();
    }

    private static SignableRequest Request(
        string method, string target, string names, string hash, string signature, params (string Name, string Value)[] more) =>
        Plain(method, target,
        [
            ("authorization", $"AWS4-HMAC-SHA256 Credential={Scope},SignedHeaders={names},Signature={signature}"),
            ("host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", hash), ("x-amz-date", "20130524T000000Z"),
            .. names.Contains("storage-class", StringComparison.Ordinal)
                ? [("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("date", "Fri, 24 May 2013 00:00:00 GMT")]
                : Array.Empty<(string, string)>(),
            .. names.Contains("range", StringComparison.Ordinal) && more.Length == 0 ? [("range", "bytes=0-9")] : Array.Empty<(string, string)>(),
            .. more,
        ]);

    private static SignableRequest Plain(string method, string rawTarget, params (string Name, string Value)[] headers)
    {
        Assert.True(S3Target.TryParse(rawTarget, "examplebucket.s3.amazonaws.com", "s3.amazonaws.com", out var target));
        Assert.Equal("examplebucket", target.Bucket);
        var byName = headers.ToDictionary(header => header.Name, header => header.Value);
        return new SignableRequest(method, target, byName.Keys, byName.GetValueOrDefault);
    }

    /// <returns>Null when it succeeds.</returns>
    private static string? Code(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (S3Exception refused)
        {
            Assert.NotEqual(HttpStatusCode.InternalServerError, refused.Error.Status);
            return refused.Error.Code;
        }
    }
}
