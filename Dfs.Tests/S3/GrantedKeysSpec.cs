using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Keys;

namespace Dfs.Tests.S3;

/// <summary>What an access key with grants may do, operation by operation, and what it is shown.</summary>
public sealed class GrantedKeysSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    private AmazonS3Client Mine => cluster.Client;

    [Fact]
    public async Task A_key_for_reading_a_folder_sees_that_folder_and_changes_nothing()
    {
        var bucket = await NewBucketAsync();
        foreach (var key in new[] { "in/a", "in/b/c", "inside", "out" })
        {
            await PutAsync(Mine, bucket, key, key);
        }

        using var reader = await ConnectAsync($"{bucket}/in/:read,list");

        Assert.Equal("in/a", await ReadAsync(reader, bucket, "in/a"));
        Assert.Equal(["in/a", "in/b/c"], await NamesAsync(reader, bucket));
        Assert.Equal(["in/b/c"], await NamesAsync(reader, bucket, "in/b"));
        Assert.Equal(["in/"], (await reader.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, Delimiter = "/" })).CommonPrefixes);
        var versions = await reader.ListVersionsAsync(new ListVersionsRequest { BucketName = bucket, KeyMarker = "a" });
        Assert.Equal(["in/a", "in/b/c"], versions.Versions.Select(version => version.Key));
        Assert.Equal([bucket], (await reader.ListBucketsAsync()).Buckets.Select(one => one.BucketName));
        await DeniedAsync(() => reader.GetObjectAsync(bucket, "out"));
        await DeniedAsync(() => reader.GetObjectAsync(bucket, "inside"));
        await DeniedAsync(() => reader.GetObjectAsync(bucket, "not there"));
        await DeniedAsync(() => NamesAsync(reader, bucket, "out"));
        await RefusedAsync("NoSuchKey", () => reader.GetObjectAsync(bucket, "in/not there"));
        await DeniedAsync(() => PutAsync(reader, bucket, "in/a", "changed"));
        await DeniedAsync(() => reader.DeleteObjectAsync(bucket, "in/a"));
        await DeniedAsync(() => reader.InitiateMultipartUploadAsync(bucket, "in/a"));
        await DeniedAsync(() => reader.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = bucket, Key = "in/a", Tagging = new Tagging { TagSet = [new Tag { Key = "a", Value = "b" }] } }));
        await DeniedAsync(() => reader.PutObjectAclAsync(new PutObjectAclRequest { BucketName = bucket, Key = "in/a", ACL = S3CannedACL.PublicRead }));
        await DeniedAsync(() => reader.CopyObjectAsync(bucket, "in/a", bucket, "in/copy"));
        await DeniedAsync(() => reader.GetBucketPolicyAsync(new GetBucketPolicyRequest { BucketName = bucket }));
        await DeniedAsync(() => reader.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } }));
        await DeniedAsync(() => reader.DeleteBucketAsync(bucket));
        await DeniedAsync(() => reader.PutBucketAsync("new-" + bucket));
        Assert.Equal(["in/a", "in/b/c", "inside", "out"], await NamesAsync(Mine, bucket));
    }

    [Fact]
    public async Task A_key_for_writing_a_folder_reads_nothing_and_opens_nothing_to_others()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(Mine, bucket, "secret", "secret");
        using var writer = await ConnectAsync($"{bucket}/in/:write");

        await PutAsync(writer, bucket, "in/a", "content");
        await DeniedAsync(() => PutAsync(writer, bucket, "out", "x"));
        await DeniedAsync(() => PutAsync(writer, bucket, "in/open", "x", S3CannedACL.PublicRead));
        await DeniedAsync(() => writer.GetObjectAsync(bucket, "in/a"));
        await DeniedAsync(() => writer.GetObjectAsync(bucket, "in/not there"));
        await DeniedAsync(() => NamesAsync(writer, bucket));
        await DeniedAsync(() => writer.CopyObjectAsync(bucket, "secret", bucket, "in/stolen"));
        await DeniedAsync(() => writer.DeleteObjectAsync(bucket, "in/a"));
        await DeniedAsync(() => writer.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket }));

        var upload = await writer.InitiateMultipartUploadAsync(bucket, "in/parts");
        var part = await writer.UploadPartAsync(new UploadPartRequest
        {
            BucketName = bucket,
            Key = "in/parts",
            UploadId = upload.UploadId,
            PartNumber = 1,
            InputStream = new MemoryStream("part"u8.ToArray()),
        });
        await DeniedAsync(() => writer.CopyPartAsync(new CopyPartRequest
        {
            SourceBucket = bucket,
            SourceKey = "secret",
            DestinationBucket = bucket,
            DestinationKey = "in/parts",
            UploadId = upload.UploadId,
            PartNumber = 2,
        }));
        await DeniedAsync(() => writer.ListPartsAsync(bucket, "out", upload.UploadId));
        await writer.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = bucket,
            Key = "in/parts",
            UploadId = upload.UploadId,
            PartETags = [new PartETag(1, part.ETag)],
        });
        Assert.Equal("part", await ReadAsync(Mine, bucket, "in/parts"));
    }

    [Fact]
    public async Task Of_many_removals_those_that_are_granted_are_done()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(Mine, bucket, "in/a", "a");
        await PutAsync(Mine, bucket, "out", "b");
        using var remover = await ConnectAsync($"{bucket}/in/:remove");

        var refused = await Assert.ThrowsAnyAsync<DeleteObjectsException>(() => remover.DeleteObjectsAsync(new DeleteObjectsRequest
        {
            BucketName = bucket,
            Objects = [new KeyVersion { Key = "in/a" }, new KeyVersion { Key = "out" }],
        }));

        Assert.Equal(("out", "AccessDenied"), Assert.Single(refused.Response.DeleteErrors) is var error ? (error.Key, error.Code) : default);
        Assert.Equal(["out"], await NamesAsync(Mine, bucket));
    }

    [Fact]
    public async Task Uploads_of_others_are_not_listed_and_a_copy_needs_its_source_and_its_target()
    {
        var (from, to) = (await NewBucketAsync(), await NewBucketAsync());
        await PutAsync(Mine, from, "k", "content");
        await Mine.InitiateMultipartUploadAsync(to, "out");
        using var reader = await ConnectAsync($"{from}:read");
        using var both = await ConnectAsync($"{from}:read", $"{to}/in/:write,list");

        await DeniedAsync(() => reader.CopyObjectAsync(from, "k", to, "in/k"));
        await DeniedAsync(() => both.CopyObjectAsync(from, "k", to, "out"));
        await both.CopyObjectAsync(from, "k", to, "in/k");
        await both.InitiateMultipartUploadAsync(to, "in/upload");

        Assert.Equal("content", await ReadAsync(Mine, to, "in/k"));
        Assert.Equal(["in/upload"], (await both.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = to })).MultipartUploads.Select(one => one.Key));
    }

    [Fact]
    public async Task A_presigned_address_and_a_form_can_do_no_more_than_the_key_that_signed_them()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(Mine, bucket, "in/a", "a");
        await PutAsync(Mine, bucket, "out", "b");
        var pair = await CreateAsync(Grants(0, $"{bucket}/in/:read"));
        using var reader = S3Cluster.Connect(cluster.Nodes[1].S3Url!, pair.AccessKey, pair.Secret.Reveal());
        using var http = new HttpClient();

        Assert.Equal("a", await http.GetStringAsync(new Uri(await AddressAsync("in/a"))));
        using var refused = await http.GetAsync(new Uri(await AddressAsync("out")));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        var policy = Convert.ToBase64String(Encoding.UTF8.GetBytes(
            $$"""{"expiration":"{{TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5):yyyy-MM-dd'T'HH:mm:ss'Z'}}","conditions":[{"bucket":"{{bucket}}"},["starts-with","$key",""]]}"""));
#pragma warning disable CA5350 // Forms are signed so, by S3's older way.
        var signature = Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(pair.Secret.Reveal()), Encoding.UTF8.GetBytes(policy)));
#pragma warning restore CA5350
        using var form = new MultipartFormDataContent
        {
            { new StringContent("in/form"), "key" }, { new StringContent(pair.AccessKey), "AWSAccessKeyId" }, { new StringContent(policy), "policy" },
            { new StringContent(signature), "signature" }, { new StringContent("content"), "file", "f" },
        };
        using var posted = await http.PostAsync(new Uri($"{cluster.Nodes[1].S3Url}/{bucket}"), form);
        Assert.Equal(HttpStatusCode.Forbidden, posted.StatusCode);
        Assert.Contains("is not granted write", await posted.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        Task<string> AddressAsync(string key) => reader.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = bucket,
            Key = key,
            Verb = HttpVerb.GET,
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
            Protocol = Protocol.HTTP,
        });
    }

    [Fact]
    public async Task A_key_of_which_nothing_is_in_force_is_no_key_and_one_grant_may_end_before_another()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(Mine, bucket, "k", "content");
        var ended = await CreateAsync(Grants(1_700_000_000, $"{bucket}:read"));
        using var none = S3Cluster.Connect(cluster.Nodes[2].S3Url!, ended.AccessKey, ended.Secret.Reveal());
        Assert.True(GrantSet.TryCreate([.. Grants(1_700_000_000, $"{bucket}:write").Grants, .. Grants(0, $"{bucket}:read").Grants], out var mixed, out _));
        var half = await CreateAsync(mixed!);
        using var some = S3Cluster.Connect(cluster.Nodes[2].S3Url!, half.AccessKey, half.Secret.Reveal());

        var refused = await RefusedAsync("InvalidAccessKeyId", () => none.GetObjectAsync(bucket, "k"));
        Assert.Equal("This access key has expired.", refused.Message);
        Assert.Equal("content", await ReadAsync(some, bucket, "k"));
        Assert.Equal("What this access key was granted has expired.", (await DeniedAsync(() => PutAsync(some, bucket, "k", "x"))).Message);
    }

    private static GrantSet Grants(long expires, params string[] texts) => Trust.GrantTests.Set([.. texts.Select(text => Trust.GrantTests.One(text, expires))]);

    private async Task<AmazonS3Client> ConnectAsync(params string[] grants)
    {
        var pair = await CreateAsync(Grants(0, grants));
        return S3Cluster.Connect(cluster.Nodes[2].S3Url!, pair.AccessKey, pair.Secret.Reveal());
    }

    private async Task<AccessKeyPair> CreateAsync(GrantSet grants)
    {
        var (made, pair) = await new AccessKeys(cluster.Nodes[1].Owners, null, TimeProvider.System).CreateAsync(cluster.Nodes[1].Client, grants, default);
        Assert.True(made.Outcome == Dfs.Client.DfsOutcome.Done, made.Detail);
        return pair;
    }

    private async Task<string> NewBucketAsync()
    {
        var bucket = "g-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await Mine.PutBucketAsync(bucket);
        return bucket;
    }

    private static Task<PutObjectResponse> PutAsync(AmazonS3Client client, string bucket, string key, string content, S3CannedACL? list = null) =>
        client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = content, CannedACL = list });

    private static async Task<string> ReadAsync(AmazonS3Client client, string bucket, string key)
    {
        using var got = await client.GetObjectAsync(bucket, key);
        using var reader = new StreamReader(got.ResponseStream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static async Task<List<string>> NamesAsync(AmazonS3Client client, string bucket, string prefix = "") =>
        [.. ((await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, Prefix = prefix })).S3Objects ?? []).Select(one => one.Key)];

    private static Task<AmazonS3Exception> DeniedAsync(Func<Task> act) => RefusedAsync("AccessDenied", act);

    private static async Task<AmazonS3Exception> RefusedAsync(string code, Func<Task> act)
    {
        var refused = await Assert.ThrowsAnyAsync<AmazonS3Exception>(act);
        Assert.Equal(code, refused.ErrorCode);
        return refused;
    }
}
