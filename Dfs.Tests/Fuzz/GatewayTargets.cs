using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Dfs.Core.Manifests;
using Dfs.Gateway;
using Dfs.Gateway.Admin;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Forms;
using Dfs.Gateway.S3.Operations;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using Dfs.Gateway.S3.Signing;
using Microsoft.AspNetCore.Http;
using static Dfs.Tests.Fuzz.FuzzTarget;

namespace Dfs.Tests.Fuzz;

/// <summary>What clients send: requests of S3, their documents and forms, and JSON to the admin interface.</summary>
internal sealed class GatewayTargets : IFuzzTargets
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly string[] Roots = ["Tagging", "CompleteMultipartUpload", "Delete", "AccessControlPolicy", "PublicAccessBlockConfiguration", "CORSConfiguration", "LifecycleConfiguration"];

    private const string Authorization =
        "AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-checksum-crc32;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length, Signature=00ff";

    private const string Presigned =
        "/bucket/key%20%C3%BC?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260102%2Fus-east-1%2Fs3%2Faws4_request"
        + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00ff&versionId=x";

    public IEnumerable<FuzzTarget> All() => [.. Requests(), .. Documents(), .. Bodies(), .. Policies(), .. Forms(), .. Admin()];

    // The target, a newline, headers as "name: value" on lines.
    private static IEnumerable<FuzzTarget> Requests()
    {
        var words = Words(
            "%", "%C3", "%ff", "+", "&", "=", "?", "/", "//", "/../", "\u0000", "X-Amz-Expires=604800", "X-Amz-Date=99991231T235959Z", "AWS ", "Credential=", ",",
            "SignedHeaders=", "date: ", "x-amz-date: 00010101T000000Z", "authorization: ", "x-amz-", "range: bytes=", "9223372036854775807", "-", "*", "\"", "if-match: ",
            "content-length: 18446744073709551615", "x-amz-checksum-crc32: ", "x-amz-decoded-content-length: ", "STREAMING-", "content-md5: ");
        yield return new("s3-request",
            [
                Utf8($"{Presigned}\nhost: localhost\ncontent-length: 5"),
                Utf8($"/bucket/key?tagging\nhost: localhost\nauthorization: {Authorization}\nx-amz-date: 20260102T030405Z\nx-amz-content-sha256: UNSIGNED-PAYLOAD\ncontent-length: 5"),
                Utf8($"/?list-type=2\nhost: bucket.localhost\nauthorization: {Authorization}\ndate: Fri, 02 Jan 2026 03:04:05 GMT\n"
                    + "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\nx-amz-decoded-content-length: 7\ncontent-md5: 1B2M2Y8AsgTpgAmY7PhCfg==\nx-amz-checksum-crc32: AAAAAA=="),
                Utf8("/bucket/key?AWSAccessKeyId=AKIA&Expires=1767323105&Signature=bWq2s1WEIj%2BYdj0vQ697zp%2BIXMU%3D&versionId=x\nhost: localhost\ncontent-length: 5"),
                Utf8("/key?acl\nhost: bucket.localhost\nauthorization: AWS AKIA:bWq2s1WEIj+Ydj0vQ697zp+IXMU=\ndate: Fri, 02 Jan 2026 03:04:05 GMT\ncontent-length: 5"),
            ],
            Request, typeof(S3Exception))
        {
            Words = words,
            AllocatedBytesPerByte = 1024,
        };
        yield return new("s3-values", [Utf8("bytes=0-9"), Utf8("bytes=-5"), Utf8("\"abc\", W/\"d\", *"), Utf8("key=value&k%20=v"), Utf8("bucket/key?versionId=5"), Utf8("id=\"x\", uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"")],
            Values)
        {
            Words = words,
            AllocatedBytesPerByte = 1024,
        };
    }

    private static IEnumerable<FuzzTarget> Documents()
    {
        yield return new("s3-xml",
            [
                Utf8("<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"),
                Utf8("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part></CompleteMultipartUpload>"),
                Utf8("<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>"),
                Utf8("<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList><Grant><Grantee><ID>me</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"),
                Utf8("<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"),
                Utf8("<CORSConfiguration><CORSRule><ID>a</ID><AllowedOrigin>http://*.b</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>*</AllowedHeader>"
                    + "<MaxAgeSeconds>5</MaxAgeSeconds></CORSRule></CORSConfiguration>"),
                Utf8("<LifecycleConfiguration><Rule><ID>a</ID><Filter><And><Prefix>k</Prefix><Tag><Key>b</Key><Value>c</Value></Tag><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></And></Filter>"
                    + "<Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule></LifecycleConfiguration>"),
                Utf8("<LifecycleConfiguration><Rule><ID>a</ID><Prefix/><Status>Enabled</Status><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration><NoncurrentVersionExpiration>"
                    + "<NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
                    + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"),
            ],
            Document, typeof(S3Exception))
        {
            Words = Words("<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", "&#x0;", "&#xD800;", "<![CDATA[", "]]>", "<a>", "</a>", "<?xml version=\"1.1\"?>", "xmlns=\"", "<!--", "-->", "&lt;", "2147483647", "9223372036854775807", "9999-12-31T00:00:00Z", "-1", "<Days>", "</Days>"),
            // A reader and a tree of a document, twice read.
            AllocatedBytesBase = 256 * 1024,
            AllocatedBytesPerByte = 1024,
            InputsInCi = 5_000,
        };
    }

    private static IEnumerable<FuzzTarget> Bodies()
    {
        var seeds = new[] { "5\r\nhello\r\n0\r\n\r\n", "2;chunk-signature=00\r\nhi\r\n0;chunk-signature=00\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:00\r\n\r\n" };
        yield return new("aws-chunked", [.. seeds.Select(Utf8)], input => Chunked(input, null), typeof(S3Exception))
        {
            Words = Words("\r\n", "0\r\n", "7fffffffffffffff\r\n", "ffffffffffffffff", ";chunk-signature=", ":", "x-amz-trailer-signature:"),
            AllocatedBytesPerByte = 256,
        };
        // Nothing that it could begin with is taken.
        var secret = new SecretAccessKey("secret-secret");
        var scope = new CredentialScope("20260102", "us-east-1", "s3");
        yield return new("aws-chunked-signed", [], input =>
            {
                var signatures = new ChunkSignatures(new SigningKey(secret, scope), scope, "20260102T030405Z", "seed");
                Chunked(input, signatures);
                throw new FuzzPromiseException("what is not signed with the key does not end well");
            },
            typeof(S3Exception))
        {
            Refused = [Utf8(seeds[1])],
            Words = Words("\r\n", "0", ";chunk-signature="),
            AllocatedBytesPerByte = 512,
            InputsInCi = 5_000,
        };
    }

    private static IEnumerable<FuzzTarget> Policies()
    {
        yield return new("bucket-policy",
            [Utf8("""
                {"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject","Resource":["arn:aws:s3:::bucket/*"],
                "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"NumericLessThan":{"s3:max-keys":"5"},"DateLessThan":{"aws:CurrentTime":"2026-01-02T00:00:00Z"}}}]}
                """.Replace("\"Version\":\"2012-10-17\",", "", StringComparison.Ordinal))],
            input =>
            {
                var policy = BucketPolicy.Parse(Encoding.UTF8.GetString(input), "bucket");
                return 1 + (int)policy.Decide(new PolicyQuestion("me", "s3:GetObject", "arn:aws:s3:::bucket/key", Actual)) + (policy.IsPublic ? 4 : 0);
            },
            typeof(FormatException))
        {
            Words = Words("null", "true", "-1", "1e999", "[]", "{}", "\"\\ud800\"", "\"*\"", "\"NotAction\":", "\"Effect\":", "[[[[", "\"Null\":", "\"StringLike\":", "/0", ","),
            AllocatedBytesPerByte = 1024,
            InputsInCi = 5_000,
        };
        yield return new("form-policy",
            [Utf8("""{"expiration":"2026-12-30T12:00:00.000Z","conditions":[{"bucket":"files"},["starts-with","$key","a/"],["content-length-range",1,"10"],["eq","$acl","private"]]}""")],
            input => FormPolicy.Parse(Convert.ToBase64String(input)) is var policy && policy.SizeBytesMax >= 0 ? 1 + policy.Conditions.Length : 0,
            typeof(S3Exception))
        {
            Words = Words("null", "true", "-1", "99999999999999999999", "\"99999999999999999999\"", "[]", "{}", "\"\\ud800\"", "content-length-range", "\"$", ","),
            AllocatedBytesPerByte = 512,
            InputsInCi = 5_000,
        };

        static string? Actual(string key) => key.ToLowerInvariant() switch
        {
            "aws:sourceip" => "10.1.2.3",
            "aws:currenttime" => Now.ToString("O", CultureInfo.InvariantCulture),
            "s3:max-keys" => "4",
            "s3:prefix" => "a/b",
            _ => null,
        };
    }

    private static IEnumerable<FuzzTarget> Forms()
    {
        const string Form =
            "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n--b\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\ne30=\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
        yield return new("s3-form", [Utf8(Form)], input =>
            {
                var http = new DefaultHttpContext();
                http.Request.Method = "POST";
                http.Request.ContentType = "multipart/form-data; boundary=b";
                http.Request.Body = new MemoryStream(input);
                var form = Ended(FormFields.ReadAsync(http.Request, CancellationToken.None));
                return 1 + form.Values.Count + (form.FileName.Length > 0 ? 100 : 0);
            },
            typeof(S3Exception))
        {
            Words = Words("--b", "--b--", "\r\n", "\r\n\r\n", "name=\"", "Content-Disposition: form-data", "filename*=UTF-8''", "\"", ";"),
            // What one field may have is reserved for each.
            AllocatedBytesBase = 1024 * 1024,
            AllocatedBytesPerByte = 2048,
            InputsInCi = 3_000,
        };
        yield return new("form-type", [Utf8("multipart/form-data; boundary=b"), Utf8("multipart/form-data; boundary=\"b\"")], input =>
            {
                var http = new DefaultHttpContext();
                http.Request.Method = "POST";
                http.Request.ContentType = Encoding.Latin1.GetString(input);
                http.Request.Body = new MemoryStream("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--b--\r\n"u8.ToArray());
                return FormFields.Has(http.Request) ? 1 + Ended(FormFields.ReadAsync(http.Request, CancellationToken.None)).Values.Count : 0;
            },
            typeof(S3Exception))
        {
            Words = Words("multipart/form-data", "boundary=", "\"", ";"),
            AllocatedBytesBase = 256 * 1024,
            AllocatedBytesPerByte = 512,
        };
    }

    private static IEnumerable<FuzzTarget> Admin()
    {
        yield return new("admin-json",
            [
                Utf8("""{"parts":3,"sizeBytes":100}"""), Utf8("""{"version":"","expiresInSeconds":60,"to":null}"""), Utf8("""{"versioned":"on","profile":"small"}"""),
            ],
            input => new Func<object?>[]
            {
                () => JsonSerializer.Deserialize(input, AdminJson.Default.AdminUploadEnd),
                () => JsonSerializer.Deserialize(input, AdminJson.Default.AdminShareWish),
                () => JsonSerializer.Deserialize(input, AdminJson.Default.IReadOnlyDictionaryStringString),
            }.Select((read, index) => IsJson(read) ? 1 << index : 0).Sum())
        {
            Words = Words("null", "true", "-1", "1e999", "99999999999999999999", "[", "{", "}", "\"\\ud800\"", "\"parts\":", ","),
            AllocatedBytesPerByte = 512,
        };
        yield return new("byte-range", [Utf8("bytes=0-9\nx"), Utf8("bytes=-5\n\"etag\"")], input =>
            {
                var http = new DefaultHttpContext();
                var lines = Encoding.UTF8.GetString(input).Split('\n');
                http.Request.Headers.Range = lines[0];
                http.Request.Headers.IfRange = lines[^1];
                var range = ByteRange.Of(http.Request.GetTypedHeaders(), "\"etag\"", 1000);
                Promise(range.FirstBytes >= 0 && range.CountBytes >= 0 && range.FirstBytes + range.CountBytes <= 1000, "a range lies in the file");
                return 1 + (range.IsPart ? 1 : 0) + (range.IsSatisfiable ? 2 : 0);
            })
        {
            Words = Words("bytes=", "-", ",", "9223372036854775807", "\""),
            AllocatedBytesPerByte = 256,
        };
    }

    private static int Request(byte[] input)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n');
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0].ToLowerInvariant()).ToDictionary(same => same.Key, same => same.Last()[1]);
        if (!S3Target.TryParse(lines[0], headers.GetValueOrDefault("host") ?? "", "localhost", out var target))
        {
            return 0;
        }

        var request = new SignableRequest("PUT", target, headers.Keys, name => headers.GetValueOrDefault(name));
        _ = RequestClaim.IsMade(request);
        var claim = RequestClaim.Parse(request, Now);
        Promise(!claim.IsTrue(request, new SecretAccessKey("secret-secret")), "a request that was not signed with the key is not true");
        _ = S3Routes.Of("PUT", target, isCopy: false);
        var spec = BodySpec.Parse(request.Header, claim.PayloadHash);
        Promise(spec.SizeBytes >= 0, "a size is not negative");
        return 1 + (claim.IsPresigned ? 1 : 0) + (spec.IsAwsChunked ? 2 : 0) + (spec.Algorithm is null ? 0 : 4) + (spec.Md5 is null ? 0 : 8)
            + (claim is OlderSignatureClaim ? 16 : 0);
    }

    // One header's value, given to each that reads one.
    private static int Values(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var lists = new AccessListRequest(id => id == "x" ? "X" : null);
        return new Func<bool>[]
        {
            () =>
            {
                var range = ObjectRange.Of(text, 1000);
                Promise(range.OffsetBytes >= 0 && range.CountBytes >= 0 && range.OffsetBytes + range.CountBytes <= 1000, "a range lies in the object");
                return range.IsPart;
            },
            () => new Conditions(text, text, text, text).For("abc", Now) == ConditionOutcome.Holds,
            () => new Conditions(null, null, text, text).For("abc", Now) == ConditionOutcome.Holds,
            () => ObjectFacts.ParseTags(text).Count > 0,
            () => ObjectCopies.ParseSource(text).Version is not null,
            () => lists.OfHeaders(name => name == "x-amz-grant-read" ? text : null, "x", "x") is not null,
            () => CustomerKey.Of(name => name.EndsWith("algorithm", StringComparison.Ordinal) ? "AES256" : text, CustomerKey.Prefix) is null,
            () => FormSignature.Of(new Dictionary<string, string>
            {
                ["x-amz-algorithm"] = "AWS4-HMAC-SHA256", ["x-amz-signature"] = "00", ["x-amz-credential"] = text, ["x-amz-date"] = "20260102T030405Z",
            }).Scope is not null,
        }.Select((read, index) => IsTaken(read) ? 1 << index : 0).Sum();
    }

    private static int Document(byte[] input)
    {
        var lists = new AccessListRequest(id => id == "me" ? "Me" : null);
        var current = AccessList.Private("me");
        var root = Roots.Select(name => (name, Element: Parsed(input, name))).FirstOrDefault(found => found.Element is not null);
        return root.name switch
        {
            "Tagging" => 10 + ObjectFacts.TagsOf(root.Element!).Count,
            "CompleteMultipartUpload" => 20 + root.Element!.Children("Part").Count(part => CompleteOperation.PartOf(part).Number > 0),
            "Delete" => 40 + root.Element!.Children("Object").Count(one => RemovalCondition.Of(one).IsNone),
            "AccessControlPolicy" => 60 + lists.OfDocument(root.Element!, current).Grants.Length,
            "CORSConfiguration" => 100 + Cors(CorsRules.OfDocument(root.Element!)),
            "LifecycleConfiguration" => LifecycleRules.TryParse(root.Element!, out var rules, out var refusal) ? 200 + Ends(rules) : 300 + (int)refusal,
            "PublicAccessBlockConfiguration" => PublicAccessBlock.OfDocument(root.Element!).BlockAcls ? 81 : 80,
            _ => 0,
        };
    }

    private static int Cors(CorsRules rules)
    {
        Promise(CorsRules.Parse(rules.ToText()).ToText() == rules.ToText(), "they are read again as they are written");
        return rules.Find("http://a.b", "GET", ["x"]) is null ? 0 : 1;
    }

    // As an object says of its end, and as it is looked for what is due.
    private static int Ends(LifecycleRules rules)
    {
        var tags = ImmutableSortedDictionary<string, string>.Empty.Add("b", "c");
        var versions = new[] { 3L, 2, 1 }.Select(at => new LifecycleVersion(default, IsMarker: false, 5, Now.ToUnixTimeMilliseconds() + at, tags)).ToList();
        return (LifecycleOperations.ExpiryOf(rules, "key", versions[0]) is null ? 0 : 1)
            + (rules.Due("key", versions, Now.AddYears(1).ToUnixTimeMilliseconds()).Count() * 2)
            + (rules.IsAbortDue("key", 0, Now.ToUnixTimeMilliseconds()) ? 10 : 0);
    }

    private static XElement? Parsed(byte[] input, string root)
    {
        try
        {
            var element = S3Xml.Parse(input, root);
            Promise(S3Xml.Bytes(element).Length > 0, "what was read can be written");
            return element;
        }
        catch (S3Exception)
        {
            return null;
        }
    }

    private static int Chunked(byte[] input, ChunkSignatures? signatures)
    {
        using var decoder = new AwsChunkedDecoder(signatures, expectsTrailers: true);
        // In two pieces, as it comes from a socket.
        var first = input.Length / 2;
        var content = Take(decoder, new ReadOnlySequence<byte>(input, 0, first), out var rest);
        content += Take(decoder, new ReadOnlySequence<byte>([.. rest.ToArray(), .. input[first..]]), out _);
        decoder.End();
        Promise(content <= input.Length, "there is no more content than was sent");
        return 1 + Shape(content) * 32 + decoder.Trailers.Count;
    }

    private static long Take(AwsChunkedDecoder decoder, ReadOnlySequence<byte> input, out ReadOnlySequence<byte> rest)
    {
        var content = 0L;
        while (decoder.TryRead(ref input, out var piece))
        {
            content += piece.Length;
        }

        rest = input;
        return content;
    }

    private static bool IsTaken(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (S3Exception)
        {
            return false;
        }
    }

    private static bool IsJson(Func<object?> read)
    {
        try
        {
            return read() is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

#pragma warning disable VSTHRD002 // What is read is in memory: it has ended already.
    private static T Ended<T>(Task<T> ended) => ended.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static ImmutableArray<byte[]> Words(params IEnumerable<string> words) => [.. words.Select(Utf8)];
}
