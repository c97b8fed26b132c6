using System.Net;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Amazon.S3.Model;
using Dfs.Actors.Transfer;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Signing;
using Dfs.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dfs.Tests.S3;

/// <summary>Clients that are wrong, too slow, or gone, over real sockets: each gets its answer, nothing is stored by halves, and nothing stays behind.</summary>
/// <remarks>docs/s3-compatibility.md, "Clients that do it wrong", lists them.</remarks>
public sealed class BrokenClientsSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    /// <summary>One that a head takes, and one of several chunks.</summary>
    private static readonly int[] Sizes = [10, 1_500_000];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string OtherSha256 = Convert.ToHexStringLower(SHA256.HashData("other"u8)), OtherMd5 = Convert.ToBase64String(MD5.HashData("other"u8));

    private static readonly AccessKeyPair AnotherKey = new("nobodys-key", SecretAccessKey.Create());

    private string Url => cluster.Nodes[1].S3Url!;

    private AccessKeyPair Key => cluster.Nodes.FirstKey;

    [Theory]
    [InlineData("Content-MD5 of another content", 400, "BadDigest")]
    [InlineData("Content-MD5 that is none", 400, "InvalidDigest")]
    [InlineData("x-amz-content-sha256 of another content", 400, "XAmzContentSHA256Mismatch")]
    [InlineData("x-amz-content-sha256 that is none", 400, "InvalidArgument")]
    [InlineData("x-amz-checksum-sha256 of another content", 400, "BadDigest")]
    [InlineData("x-amz-checksum-crc32 that is none", 400, "BadDigest")]
    [InlineData("two checksums", 400, "InvalidRequest")]
    [InlineData("trailer with another checksum", 400, "BadDigest")]
    [InlineData("trailer that is no checksum", 400, "InvalidRequest")]
    [InlineData("trailer that does not come", 400, "MalformedTrailerError")]
    [InlineData("chunk with another signature", 403, "SignatureDoesNotMatch")]
    [InlineData("Content-Length too long, the end", 0, "")]
    [InlineData("Content-Length too short", 400, "XAmzContentSHA256Mismatch")]
    [InlineData("Content-Length missing", 411, "MissingContentLength")]
    [InlineData("Content-Length missing, chunked", 411, "MissingContentLength")]
    [InlineData("Content-Length that is none", 400, "")]
    [InlineData("decoded length too long", 400, "IncompleteBody")]
    [InlineData("decoded length too short", 400, "IncompleteBody")]
    [InlineData("decoded length missing", 411, "MissingContentLength")]
    [InlineData("decoded length that is none", 400, "InvalidRequest")]
    [InlineData("chunk longer than it says", 400, "InvalidRequest")]
    [InlineData("chunk whose size is none", 400, "InvalidRequest")]
    [InlineData("no last chunk", 400, "IncompleteBody")]
    [InlineData("more after the last chunk", 400, "InvalidRequest")]
    public async Task Content_that_is_not_what_its_request_says_is_refused(string what, int status, string code)
    {
        foreach (var sizeBytes in Sizes)
        {
            var (key, before) = await StoredAsync();
            // Its end is no end of a line.
            var wrong = Wrong(what, key, [.. RandomNumberGenerator.GetBytes(sizeBytes - 1), 0]);

            using var client = await RawS3.ConnectAsync(Url);
            await client.SendAsync(wrong.Head(Url, Key));
            await client.SendAsync(wrong.Content);
            if (what.EndsWith("the end", StringComparison.Ordinal))
            {
                client.EndSending();
            }

            Assert.Equal((status, code), await client.AnswerAsync());
            await RequireUntouchedAsync(key, before);
        }
    }

    [Theory]
    [InlineData("another secret", 403, "SignatureDoesNotMatch")]
    [InlineData("another key", 403, "InvalidAccessKeyId")]
    [InlineData("another header than was signed", 403, "AccessDenied")]
    [InlineData("clock behind", 403, "RequestTimeTooSkewed")]
    [InlineData("clock ahead", 403, "RequestTimeTooSkewed")]
    [InlineData("malformed", 400, "AuthorizationHeaderMalformed")]
    [InlineData("another scheme", 400, "InvalidArgument")]
    [InlineData("none", 403, "AccessDenied")]
    [InlineData("presigned, over", 403, "AccessDenied")]
    [InlineData("presigned, to come", 403, "RequestTimeTooSkewed")]
    [InlineData("presigned, for too long", 400, "AuthorizationQueryParametersError")]
    [InlineData("presigned, for nothing", 400, "AuthorizationQueryParametersError")]
    [InlineData("presigned, another secret", 403, "SignatureDoesNotMatch")]
    public async Task A_signature_that_is_not_right_or_not_in_time_is_refused(string what, int status, string code)
    {
        var (key, before) = await StoredAsync();
        var put = new RawRequest("PUT", key, "after"u8.ToArray());
        var wrong = what switch
        {
            "another header than was signed" => put with { Unsigned = [("x-amz-acl", "public-read")] },
            "clock behind" => put with { Ahead = TimeSpan.FromMinutes(-16) },
            "clock ahead" => put with { Ahead = TimeSpan.FromMinutes(16) },
            "malformed" => put with { Unsigned = [("authorization", "AWS4-HMAC-SHA256 Credential=key, Signature=00")] },
            "another scheme" => put with { Unsigned = [("authorization", "Bearer 00")] },
            "none" => put with { Unsigned = [("authorization", "")] },
            "presigned, over" => put with { PresignedFor = TimeSpan.FromMinutes(5), Ahead = TimeSpan.FromMinutes(-6) },
            "presigned, to come" => put with { PresignedFor = TimeSpan.FromMinutes(5), Ahead = TimeSpan.FromMinutes(16) },
            "presigned, for too long" => put with { PresignedFor = TimeSpan.FromDays(8) },
            "presigned, for nothing" => put with { PresignedFor = TimeSpan.Zero },
            "presigned, another secret" => put with { PresignedFor = TimeSpan.FromMinutes(5) },
            _ => put,
        };
        var pair = what.EndsWith("another secret", StringComparison.Ordinal) ? new AccessKeyPair(Key.AccessKey, AnotherKey.Secret)
            : what == "another key" ? AnotherKey : Key;

        using var client = await RawS3.ConnectAsync(Url);
        await client.SendAsync(wrong.Head(Url, pair));
        await client.SendAsync(wrong.Content);

        Assert.Equal((status, code), await client.AnswerAsync());
        await RequireUntouchedAsync(key, before);
    }

    [Theory]
    [InlineData("an address of 17 KiB", 414, "")]
    [InlineData("a header of 33 KiB", 431, "")]
    [InlineData("101 headers", 431, "")]
    [InlineData("a key of 1,025 bytes", 400, "KeyTooLongError")]
    [InlineData("metadata of 2,049 bytes", 400, "MetadataTooLarge")]
    [InlineData("5 GiB and a byte", 400, "EntityTooLarge")]
    [InlineData("a document of 4 MiB and a byte", 400, "EntityTooLarge")]
    [InlineData("a document with an external entity", 400, "MalformedXML")]
    [InlineData("a document with entities of entities", 400, "MalformedXML")]
    [InlineData("a document of 33 levels", 400, "MalformedXML")]
    [InlineData("a document that is none", 400, "MalformedXML")]
    [InlineData("1,001 keys", 400, "MalformedXML")]
    public async Task What_is_beyond_a_limit_is_refused(string what, int status, string code)
    {
        var (key, before) = await StoredAsync();
        var bucket = key[..key.IndexOf('/', 1)];
        var put = new RawRequest("PUT", key, []);
        RawRequest Delete(string document) => new("POST", bucket + "?delete=", Encoding.UTF8.GetBytes(document));
        var wrong = what switch
        {
            "an address of 17 KiB" => put with { Target = key + new string('k', 17 * 1024) },
            "a header of 33 KiB" => put with { Headers = [("x-amz-meta-a", new string('a', 33 * 1024))] },
            "101 headers" => put with { Headers = [.. Enumerable.Range(0, 101).Select(i => ($"x-{i}", "a"))] },
            "a key of 1,025 bytes" => put with { Target = $"{bucket}/{new string('k', 1025)}" },
            "metadata of 2,049 bytes" => put with { Headers = [("x-amz-meta-a", new string('a', 2048))] },
            "5 GiB and a byte" => put with { ContentLength = (5L << 30) + 1, PayloadHash = "UNSIGNED-PAYLOAD", Headers = [("expect", "100-continue")] },
            "a document of 4 MiB and a byte" => Delete("") with { ContentLength = (4 << 20) + 1, Headers = [("expect", "100-continue")] },
            "a document with an external entity" => Delete("<!DOCTYPE Delete [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Delete><Object><Key>&e;</Key></Object></Delete>"),
            "a document with entities of entities" => Delete(
                "<!DOCTYPE Delete [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><Delete>&c;</Delete>"),
            "a document of 33 levels" => Delete(string.Concat(Enumerable.Repeat("<Delete>", 34)) + string.Concat(Enumerable.Repeat("</Delete>", 34))),
            "1,001 keys" => Delete($"<Delete>{string.Concat(Enumerable.Range(0, 1001).Select(_ => "<Object><Key>kept</Key></Object>"))}</Delete>"),
            _ => Delete("{\"Delete\":[]}"),
        };

        using var client = await RawS3.ConnectAsync(Url);
        await client.SendAsync(wrong.Head(Url, Key));
        await client.SendAsync(wrong.Content);

        Assert.Equal((status, code), await client.AnswerAsync());
        await RequireUntouchedAsync(key, before);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(3_000_000, 2_000_000)]
    public async Task A_client_that_goes_away_in_the_middle_of_an_upload_leaves_nothing(int sizeBytes, int sentBytes)
    {
        var (key, before) = await StoredAsync();
        var bucket = key[1..key.IndexOf('/', 1)];
        var upload = (await cluster.Client.InitiateMultipartUploadAsync(bucket, "whole")).UploadId;
        foreach (var target in new[] { key, $"/{bucket}/whole?partNumber=1&uploadId={upload}" })
        {
            var put = new RawRequest("PUT", target, RandomNumberGenerator.GetBytes(sizeBytes));
            using var client = await RawS3.ConnectAsync(Url);
            await client.SendAsync(put.Head(Url, Key));
            await client.SendAsync(put.Content.AsMemory(0, sentBytes));
            await HoldsAsync(async () => await TransfersAsync() > 0, "the upload is under way");

            client.BreakOff();

            await RequireUntouchedAsync(key, before);
            await RequireAtRestAsync();
        }

        Assert.Empty((await cluster.Client.ListPartsAsync(bucket, "whole", upload)).Parts ?? []);
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_of_a_download_leaves_nothing()
    {
        var bucket = await NewBucketAsync();
        await cluster.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", InputStream = new MemoryStream(RandomNumberGenerator.GetBytes(16_000_000)) });
        using var client = await RawS3.ConnectAsync(Url);
        await client.SendAsync(new RawRequest("GET", $"/{bucket}/k", []).Head(Url, Key));
        Assert.Equal(100_000, (await client.TakeAsync(100_000)).Length);
        await HoldsAsync(async () => await TransfersAsync() > 0, "the download is under way");

        client.BreakOff();

        await RequireAtRestAsync();
    }

    // 59 s between two bytes: by far slower than 1 KB/s.
    [Fact]
    public async Task A_client_that_is_slow_is_waited_for_and_one_that_stands_still_for_a_minute_is_not()
    {
        var time = new HandTime();
        await using var host = await ListenAsync(time);
        var (key, before) = await StoredAsync();
        var put = new RawRequest("PUT", key, "slowly"u8.ToArray());
        using (var still = await RawS3.ConnectAsync(host.Url))
        {
            await still.SendAsync(put.Head(host.Url, Key));
            await WaitedForAsync(time, TimeSpan.FromMinutes(1));
            await still.SendAsync(put.Content.AsMemory(0, 3));
            await WaitedForAsync(time, TimeSpan.FromMinutes(1));

            time.Advance(TimeSpan.FromMinutes(1));

            Assert.Equal((400, "RequestTimeout"), await still.AnswerAsync());
        }

        await RequireUntouchedAsync(key, before);
        using var slow = await RawS3.ConnectAsync(host.Url);
        await slow.SendAsync(put.Head(host.Url, Key));
        foreach (var letter in put.Content)
        {
            await WaitedForAsync(time, TimeSpan.FromMinutes(1));
            time.Advance(TimeSpan.FromSeconds(59));
            await slow.SendAsync(new[] { letter });
        }

        Assert.Equal((200, ""), await slow.AnswerAsync());
        await RequireUntouchedAsync(key, put.Content);
        await RequireAtRestAsync();
    }

    // Nobody has shown a key yet: such connections must not add up.
    [Fact]
    public async Task A_form_whose_fields_do_not_come_ends()
    {
        var time = new HandTime();
        await using var host = await ListenAsync(time);
        var bucket = await NewBucketAsync();
        using var client = await RawS3.ConnectAsync(host.Url);
        await client.SendAsync($"POST /{bucket} HTTP/1.1\r\nHost: {new Uri(host.Url).Authority}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk");
        await WaitedForAsync(time, TimeSpan.FromSeconds(30));

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal((400, "RequestTimeout"), await client.AnswerAsync());
    }

    private static RawRequest Wrong(string what, string key, byte[] content)
    {
        var put = new RawRequest("PUT", key, content);
        var hex = $"{content.Length:x}";
        RawRequest Encoded(string first, string last, string payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", long? decoded = null, params (string, string)[] headers) =>
            new("PUT", key, [.. Encoding.ASCII.GetBytes(first + "\r\n"), .. content, .. Encoding.ASCII.GetBytes(last)])
            {
                PayloadHash = payload,
                Headers = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", $"{decoded ?? content.Length}"), .. headers],
            };
        return what switch
        {
            "Content-MD5 of another content" => put with { Headers = [("content-md5", OtherMd5)] },
            "Content-MD5 that is none" => put with { Headers = [("content-md5", "x" + OtherMd5)] },
            "x-amz-content-sha256 of another content" => put with { PayloadHash = OtherSha256 },
            "x-amz-content-sha256 that is none" => put with { PayloadHash = "0123" },
            "x-amz-checksum-sha256 of another content" => put with { Headers = [("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData("other"u8)))] },
            "x-amz-checksum-crc32 that is none" => put with { Headers = [("x-amz-checksum-crc32", "AAA=")] },
            "two checksums" => put with { Headers = [("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-checksum-crc32c", "AAAAAA==")] },
            "trailer with another checksum" => Encoded(hex, "\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", headers: ("x-amz-trailer", "x-amz-checksum-crc32")),
            "trailer that is no checksum" => Encoded(hex, "\r\n0\r\nx-amz-checksum-crc32:AAA=\r\n\r\n", headers: ("x-amz-trailer", "x-amz-checksum-crc32")),
            "trailer that does not come" => Encoded(hex, "\r\n0\r\n\r\n", headers: ("x-amz-trailer", "x-amz-checksum-crc32")),
            "chunk with another signature" => Encoded($"{hex};chunk-signature={OtherSha256}", $"\r\n0;chunk-signature={OtherSha256}\r\n\r\n", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            "Content-Length too long, the end" => put with { ContentLength = content.Length + 1 },
            "Content-Length too short" => put with { ContentLength = content.Length - 1 },
            "Content-Length missing" => new RawRequest("PUT", key, []) { ContentLength = null },
            "Content-Length missing, chunked" => new RawRequest("PUT", key, [.. Encoding.ASCII.GetBytes(hex + "\r\n"), .. content, .. "\r\n0\r\n\r\n"u8])
            {
                ContentLength = null,
                PayloadHash = Convert.ToHexStringLower(SHA256.HashData(content)),
                Headers = [("transfer-encoding", "chunked")],
            },
            "Content-Length that is none" => new RawRequest("PUT", key, []) { ContentLength = -5 },
            "decoded length too long" => Encoded(hex, "\r\n0\r\n\r\n", decoded: content.Length + 1),
            "decoded length too short" => Encoded(hex, "\r\n0\r\n\r\n", decoded: content.Length - 1),
            "decoded length missing" => Encoded(hex, "\r\n0\r\n\r\n") with { Headers = [("content-encoding", "aws-chunked")] },
            "decoded length that is none" => Encoded(hex, "\r\n0\r\n\r\n") with { Headers = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", "-1")] },
            "chunk longer than it says" => Encoded($"{content.Length - 1:x}", "\r\n0\r\n\r\n"),
            "more after the last chunk" => Encoded(hex, "\r\n0\r\n\r\nmore"),
            "chunk whose size is none" => Encoded("many", "\r\n0\r\n\r\n"),
            _ => Encoded(hex, "\r\n"),
        };
    }

    /// <summary>Waits until somebody begins to wait for so long.</summary>
    private static async Task WaitedForAsync(HandTime time, TimeSpan forTime)
    {
        while (await time.TimerStartedAsync() - time.GetElapsedTime(0) != forTime)
        {
        }
    }

    private Task<S3Host> ListenAsync(HandTime time)
    {
        var keys = new AccessKeys(cluster.Nodes[1].Owners, Key, time);
        var limits = new ClientLimits(ClientLimitSettings.Default, time);
        return S3Host.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), new S3Endpoint(keys, "localhost", limits, time, NullLogger.Instance), null, default, limits: limits);
    }

    /// <returns>The path of an object that is there, and what it is.</returns>
    private async Task<(string Key, byte[] Content)> StoredAsync()
    {
        var bucket = await NewBucketAsync();
        await cluster.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "kept", ContentBody = "before" });
        return ($"/{bucket}/kept", "before"u8.ToArray());
    }

    private async Task<string> NewBucketAsync()
    {
        var bucket = "b-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await cluster.Client.PutBucketAsync(bucket);
        return bucket;
    }

    /// <summary>The object is what it was, on another node, and the bucket has nothing else.</summary>
    private async Task RequireUntouchedAsync(string key, byte[] content)
    {
        var bucket = key[1..key.IndexOf('/', 1)];
        using var got = await cluster.Clients[1].GetObjectAsync(bucket, "kept");
        using var bytes = new MemoryStream();
        await got.ResponseStream.CopyToAsync(bytes);
        Assert.Equal(content, bytes.ToArray());
        Assert.Equal(1, (await cluster.Clients[1].ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket })).KeyCount);
    }

    /// <summary>No node has a transfer under way, or memory lent to one.</summary>
    private Task RequireAtRestAsync() => HoldsAsync(
        async () => await TransfersAsync() == 0 && cluster.Nodes.Running.All(node => node.View.Status().Memory is { UploadBytes: 0, ReadBytes: 0, IncomingBytes: 0 }),
        "no transfer is under way and no memory is lent");

    private async Task<int> TransfersAsync()
    {
        var counts = await Task.WhenAll(cluster.Nodes.Running.Select(node => node.System!.ActorSelection($"/user/{TransferSupervisor.Name}")
            .Ask<TransferProtocol.TransferCount>(new TransferProtocol.GetTransferCount(), Patience)));
        return counts.Sum(count => count.Running);
    }

    private static Task HoldsAsync(Func<Task<bool>> condition, string what) => Processes.Eventually.HoldsAsync(condition, Patience, what);
}
