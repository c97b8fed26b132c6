using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Node.Cli;

namespace Dfs.Tests.S3;

/// <summary>What Amazon's own client sees of three nodes.</summary>
public sealed partial class S3NodesSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    private const int PartBytes = 5 * 1024 * 1024;

    private static readonly int[] AnyOrder = [3, 1, 2];

    private AmazonS3Client S3 => cluster.Client;

    [Theory]
    [InlineData("small", 0)]
    [InlineData("small", 100)]
    [InlineData("larger than a head takes: ü, +, %, //, ../x", 3_000_000)]
    public async Task An_object_is_the_same_through_every_node(string key, int sizeBytes)
    {
        var bucket = await NewBucketAsync();
        var content = RandomNumberGenerator.GetBytes(sizeBytes);
        var request = new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(content), ContentType = "text/x-own" };
        request.Metadata["Color"] = "green";
        request.Headers.CacheControl = "no-cache";

        var put = await S3.PutObjectAsync(request);

        var md5 = Convert.ToHexStringLower(MD5.HashData(content));
        Assert.Equal($"\"{md5}\"", put.ETag);
        foreach (var client in cluster.Clients)
        {
            using var got = await client.GetObjectAsync(bucket, key);
            Assert.Equal(content, await ReadAsync(got));
            Assert.Equal((put.ETag, "text/x-own", "green", "no-cache"), (got.ETag, got.Headers.ContentType, got.Metadata["color"], got.Headers.CacheControl));
        }
    }

    [Fact]
    public async Task A_part_of_an_object_is_had_by_its_range()
    {
        var bucket = await NewBucketAsync();
        var content = await PutAsync(bucket, "k", 2_500_000);

        using var got = await S3.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = "k", ByteRange = new ByteRange(1_000_000, 1_999_999) });

        Assert.Equal(HttpStatusCode.PartialContent, got.HttpStatusCode);
        Assert.Equal("bytes 1000000-1999999/2500000", got.ContentRange);
        Assert.Equal(content[1_000_000..2_000_000], await ReadAsync(got));
        await RefusedAsync("InvalidRange", () => S3.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = "k", ByteRange = new ByteRange(2_500_000, 2_500_001) }));
    }

    [Fact]
    public async Task The_benchmark_measures_the_endpoint_makes_its_bucket_and_leaves_no_object_behind()
    {
        var key = cluster.Nodes.FirstKey;
        using var target = new S3BenchTarget(new Uri(cluster.Nodes[2].S3Url!), "bench-of-the-endpoint", key.AccessKey, key.Secret, Dfs.Client.Http.NodeTls.OfMachine());
        await target.CreateBucketAsync(CancellationToken.None);
        await target.CreateBucketAsync(CancellationToken.None);

        var figures = await new BenchRun(target, target, 10 * 1024, 2, TimeSpan.FromMilliseconds(200), 50).RunAsync(CancellationToken.None);

        Assert.Equal(["put", "get", "put*", "get*"], figures.Select(row => row.Action));
        Assert.All(figures, row => Assert.True(row is { Done: > 0, Errors: 0 }, row.FirstError));
        Assert.Equal(0, (await S3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = "bench-of-the-endpoint" })).KeyCount ?? 0);
    }

    [Fact]
    public async Task Content_that_is_not_what_was_promised_is_not_stored()
    {
        var bucket = await NewBucketAsync();
        foreach (var sizeBytes in new[] { 10, 100_000 })
        {
            var content = RandomNumberGenerator.GetBytes(sizeBytes);
            var other = Convert.ToBase64String(MD5.HashData("other"u8));
            await RefusedAsync("BadDigest", () => S3.PutObjectAsync(new PutObjectRequest
            {
                BucketName = bucket,
                Key = "k",
                InputStream = new MemoryStream(content),
                MD5Digest = other,
            }));
            await RefusedAsync("BadDigest", () => S3.PutObjectAsync(new PutObjectRequest
            {
                BucketName = bucket,
                Key = "k",
                InputStream = new MemoryStream(content),
                ChecksumSHA256 = Convert.ToBase64String(SHA256.HashData("other"u8)),
            }));
        }

        await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, "k"));
    }

    [Fact]
    public async Task Encryption_may_be_asked_for_and_other_keys_than_the_owners_are_refused()
    {
        var bucket = await NewBucketAsync();
        PutObjectRequest Put(ServerSideEncryptionMethod method) => new()
        {
            BucketName = bucket,
            Key = "k",
            ContentBody = "sealed",
            ServerSideEncryptionMethod = method,
        };

        Assert.Equal(ServerSideEncryptionMethod.AES256, (await S3.PutObjectAsync(Put(ServerSideEncryptionMethod.AES256))).ServerSideEncryptionMethod);
        Assert.Equal(ServerSideEncryptionMethod.AES256, (await S3.GetObjectMetadataAsync(bucket, "k")).ServerSideEncryptionMethod);
        await RefusedAsync("NotImplemented", () => S3.PutObjectAsync(Put(ServerSideEncryptionMethod.AWSKMS)));
    }

    [Fact]
    public async Task An_object_is_replaced_only_while_it_is_the_one_that_was_seen()
    {
        var bucket = await NewBucketAsync();
        var first = await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "1" });
        PutObjectRequest Second() => new() { BucketName = bucket, Key = "k", ContentBody = "2", IfMatch = first.ETag };

        await S3.PutObjectAsync(Second());

        await RefusedAsync("PreconditionFailed", () => S3.PutObjectAsync(Second()));
        await RefusedAsync("NoSuchKey", () => S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "other", ContentBody = "2", IfMatch = first.ETag }));
    }

    [Fact]
    public async Task An_object_is_removed_only_while_it_is_the_one_that_was_seen()
    {
        var bucket = await NewBucketAsync();
        var first = await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "1" });
        var second = await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "2" });

        await RefusedAsync("PreconditionFailed", () => S3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket, Key = "k", IfMatch = first.ETag }));
        await S3.GetObjectMetadataAsync(bucket, "k");
        await S3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket, Key = "k", IfMatch = second.ETag });

        await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, "k"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "/")]
    [InlineData("a/", "/")]
    [InlineData("a/b", "")]
    public async Task A_listing_in_pages_is_the_whole_listing(string prefix, string delimiter)
    {
        var bucket = await NewBucketAsync();
        string[] names = ["a", "a/1", "a/b/2", "a/b/3", "a/c", "b/4", "b/5", "c ü+&<", "d"];
        await Task.WhenAll(names.Select(name => S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = name, ContentBody = name })));
        var expected = names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => name.IndexOf('/', prefix.Length) is >= 0 and var at && delimiter == "/" ? name[..(at + 1)] : name)
            .Distinct().Order(StringComparer.Ordinal).ToList();

        var listed = new List<string>();
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = prefix, Delimiter = delimiter, MaxKeys = 2 };
        ListObjectsV2Response page;
        do
        {
            page = await cluster.Clients[1].ListObjectsV2Async(request);
            var onPage = (page.S3Objects ?? []).Select(entry => entry.Key).Concat(page.CommonPrefixes ?? []).ToList();
            Assert.InRange(onPage.Count, 1, 2);
            Assert.Equal(onPage.Count, page.KeyCount);
            listed.AddRange(onPage.Order(StringComparer.Ordinal));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);

        Assert.Equal(expected, listed);
    }

    [Fact]
    public async Task Parts_make_one_object_and_are_gone()
    {
        var bucket = await NewBucketAsync();
        var content = RandomNumberGenerator.GetBytes((2 * PartBytes) + 1000);
        var begun = await S3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = "whole", ContentType = "text/whole" });
        var parts = new List<PartETag>();
        // In any order, through any node.
        foreach (var number in AnyOrder)
        {
            var part = await cluster.Clients[number - 1].UploadPartAsync(PartOf(bucket, begun.UploadId, number, content));
            parts.Add(new PartETag(number, part.ETag));
        }

        await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, "whole"));
        var listedParts = await S3.ListPartsAsync(bucket, "whole", begun.UploadId);
        Assert.Equal(AnyOrder.Order(), listedParts.Parts.Select(part => part.PartNumber ?? 0));
        var done = await S3.CompleteMultipartUploadAsync(Completion(bucket, begun.UploadId, parts));

        var digests = content.Chunk(PartBytes).SelectMany(MD5.HashData).ToArray();
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(digests))}-3\"", done.ETag);
        using var got = await cluster.Clients[2].GetObjectAsync(bucket, "whole");
        Assert.Equal(content, await ReadAsync(got));
        Assert.Equal("text/whole", got.Headers.ContentType);
        using var second = await S3.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = "whole", PartNumber = 2 });
        Assert.Equal(content[PartBytes..(2 * PartBytes)], await ReadAsync(second));
        Assert.Equal(3, second.PartsCount);
        Assert.Empty((await S3.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket })).MultipartUploads ?? []);
        // An answer that was lost is given again.
        Assert.Equal(done.ETag, (await S3.CompleteMultipartUploadAsync(Completion(bucket, begun.UploadId, parts))).ETag);
    }

    [Fact]
    public async Task Parts_that_do_not_fit_are_refused()
    {
        var bucket = await NewBucketAsync();
        var begun = await S3.InitiateMultipartUploadAsync(bucket, "whole");
        var small = RandomNumberGenerator.GetBytes(1000);
        PartETag[] parts = await Task.WhenAll(AnyOrder.Select(async number => new PartETag(number, (await S3.UploadPartAsync(new UploadPartRequest
        {
            BucketName = bucket,
            Key = "whole",
            UploadId = begun.UploadId,
            PartNumber = number,
            InputStream = new MemoryStream(small),
        })).ETag)));

        await RefusedAsync("EntityTooSmall", () => S3.CompleteMultipartUploadAsync(Completion(bucket, begun.UploadId, parts)));
        await RefusedAsync("InvalidPart", () => S3.CompleteMultipartUploadAsync(Completion(bucket, begun.UploadId, [new PartETag(7, parts[0].ETag)])));
        await S3.AbortMultipartUploadAsync(bucket, "whole", begun.UploadId);
        await RefusedAsync("NoSuchUpload", () => S3.CompleteMultipartUploadAsync(Completion(bucket, begun.UploadId, parts)));
        await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, "whole"));
    }

    [Fact]
    public async Task A_copy_and_its_tags_are_its_own()
    {
        var (from, to) = (await NewBucketAsync(), await NewBucketAsync());
        var content = await PutAsync(from, "source", 700_000);

        var copied = await S3.CopyObjectAsync(from, "source", to, "copy");
        await S3.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = to, Key = "copy", Tagging = new Tagging { TagSet = [new Tag { Key = "a", Value = "b" }] } });
        await S3.DeleteObjectAsync(from, "source");

        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"", copied.ETag);
        using var got = await S3.GetObjectAsync(to, "copy");
        Assert.Equal(content, await ReadAsync(got));
        var tag = Assert.Single((await S3.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = to, Key = "copy" })).Tagging);
        Assert.Equal(("a", "b"), (tag.Key, tag.Value));
    }

    [Fact]
    public async Task A_copy_outlives_its_source_and_collections()
    {
        var bucket = await NewBucketAsync();
        var content = await PutAsync(bucket, "source", 1_500_000);
        await S3.CopyObjectAsync(bucket, "source", bucket, "copy");
        await S3.DeleteObjectAsync(bucket, "source");

        await CollectAsync(3);

        using var copy = await cluster.Clients[1].GetObjectAsync(bucket, "copy");
        Assert.Equal(content, await ReadAsync(copy));
    }

    [Fact]
    public async Task A_bucket_that_keeps_versions_gives_each_of_them()
    {
        var bucket = await NewBucketAsync();
        await S3.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } });
        var first = await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "one" });
        await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "two" });

        var marker = await S3.DeleteObjectAsync(bucket, "k");

        Assert.Equal("true", marker.DeleteMarker);
        await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, "k"));
        using var old = await S3.GetObjectAsync(bucket, "k", first.VersionId);
        Assert.Equal("one", Encoding.UTF8.GetString(await ReadAsync(old)));
        await S3.DeleteObjectAsync(bucket, "k", marker.VersionId);
        using var current = await S3.GetObjectAsync(bucket, "k");
        Assert.Equal("two", Encoding.UTF8.GetString(await ReadAsync(current)));
    }

    [Fact]
    public async Task A_bucket_that_has_suspended_versions_keeps_one_null_version_beside_those_that_are_there()
    {
        var bucket = await NewBucketAsync();
        await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "plain" });
        await SetVersioningAsync(bucket, VersionStatus.Enabled);
        var kept = await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "kept" });
        Assert.Equal([(kept.VersionId, true), ("null", false)], await VersionsAsync(bucket));
        using (var plain = await S3.GetObjectAsync(bucket, "k", "null"))
        {
            Assert.Equal("plain", Encoding.UTF8.GetString(await ReadAsync(plain)));
        }

        await SetVersioningAsync(bucket, VersionStatus.Suspended);
        foreach (var content in new[] { "one", "two" })
        {
            var put = await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = content });
            Assert.Null(put.VersionId);
            using var got = await cluster.Clients[1].GetObjectAsync(bucket, "k");
            Assert.Equal((content, "null"), (Encoding.UTF8.GetString(await ReadAsync(got)), got.VersionId));
            Assert.Equal([("null", true), (kept.VersionId, false)], await VersionsAsync(bucket));
        }

        for (var i = 0; i < 2; i++)
        {
            var removed = await S3.DeleteObjectAsync(bucket, "k");
            Assert.Equal(("true", "null"), (removed.DeleteMarker, removed.VersionId));
            Assert.Equal([("null", true), (kept.VersionId, false)], await VersionsAsync(bucket));
        }

        await S3.DeleteObjectAsync(bucket, "k", "null");
        using var old = await S3.GetObjectAsync(bucket, "k");
        Assert.Equal(("kept", kept.VersionId), (Encoding.UTF8.GetString(await ReadAsync(old)), old.VersionId));
        Assert.Equal([(kept.VersionId, true)], await VersionsAsync(bucket));
    }

    [Fact]
    public async Task Each_removal_in_a_bucket_that_keeps_versions_leaves_a_mark_also_where_nothing_is()
    {
        var bucket = await NewBucketAsync();
        await SetVersioningAsync(bucket, VersionStatus.Enabled);

        var marks = new List<string> { (await S3.DeleteObjectAsync(bucket, "k")).VersionId, (await S3.DeleteObjectAsync(bucket, "k")).VersionId };

        marks.Reverse();
        Assert.Equal([(marks[0], true), (marks[1], false)], await VersionsAsync(bucket));
        await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, "k"));
    }

    private Task<PutBucketVersioningResponse> SetVersioningAsync(string bucket, VersionStatus status) => S3.PutBucketVersioningAsync(
        new PutBucketVersioningRequest { BucketName = bucket, VersioningConfig = new S3BucketVersioningConfig { Status = status } });

    private async Task<List<(string? Id, bool IsLatest)>> VersionsAsync(string bucket) =>
        [.. (await S3.ListVersionsAsync(bucket)).Versions.Select(version => ((string?)version.VersionId, version.IsLatest is true))];

    [Fact]
    public async Task Buckets_come_and_go()
    {
        var bucket = await NewBucketAsync();
        await cluster.Clients[1].PutBucketAsync(bucket);
        await PutAsync(bucket, "k", 10);
        await RefusedAsync("BucketNotEmpty", () => S3.DeleteBucketAsync(bucket));

        var removed = await S3.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = bucket, Objects = [new KeyVersion { Key = "k" }, new KeyVersion { Key = "never there" }] });
        await S3.DeleteBucketAsync(bucket);

        Assert.Equal(["k", "never there"], removed.DeletedObjects.Select(one => one.Key));
        await RefusedAsync("NoSuchBucket", () => cluster.Clients[2].ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }));
        Assert.DoesNotContain((await S3.ListBucketsAsync()).Buckets, one => one.BucketName == bucket);
    }

    private static async Task RefusedAsync(string code, Func<Task> act) =>
        Assert.Equal(code, (await Assert.ThrowsAnyAsync<AmazonS3Exception>(act)).ErrorCode);

    private static UploadPartRequest PartOf(string bucket, string upload, int number, byte[] content)
    {
        var from = (number - 1) * PartBytes;
        return new UploadPartRequest
        {
            BucketName = bucket,
            Key = "whole",
            UploadId = upload,
            PartNumber = number,
            InputStream = new MemoryStream(content[from..Math.Min(from + PartBytes, content.Length)]),
        };
    }

    private static CompleteMultipartUploadRequest Completion(string bucket, string upload, IEnumerable<PartETag> parts) =>
        new() { BucketName = bucket, Key = "whole", UploadId = upload, PartETags = [.. parts.OrderBy(part => part.PartNumber)] };

    private async Task CollectAsync(int times)
    {
        for (; times > 0; times--)
        {
            var run = await cluster.Nodes.Running.First().View.Garbage.CollectAsync(CancellationToken.None);
            Assert.True(run.Outcome == Dfs.Client.DfsOutcome.Done, run.Detail);
        }
    }

    private async Task<string> NewBucketAsync()
    {
        var bucket = "b-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await S3.PutBucketAsync(bucket);
        return bucket;
    }

    private async Task<byte[]> PutAsync(string bucket, string key, int sizeBytes)
    {
        var content = RandomNumberGenerator.GetBytes(sizeBytes);
        await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(content) });
        return content;
    }

    private static async Task<byte[]> ReadAsync(GetObjectResponse response)
    {
        using var content = new MemoryStream();
        await response.ResponseStream.CopyToAsync(content);
        return content.ToArray();
    }
}
