using System.IO.Pipelines;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Sealing;

namespace Dfs.Tests.S3;

/// <summary>Objects that open with a key of their client's only.</summary>
public sealed class CustomerKeySpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    private const int PartBytes = 5 * 1024 * 1024;

    private static readonly int[] PartNumbers = [2, 5, 6];

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3_000_000)]
    public async Task What_was_put_with_a_key_is_had_with_it_and_with_nothing_else(int sizeBytes)
    {
        var bucket = await NewBucketAsync();
        var content = RandomNumberGenerator.GetBytes(sizeBytes);
        using var mine = With(_key);
        var put = await mine.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", InputStream = new MemoryStream(content) });

        using var got = await mine.GetObjectAsync(bucket, "k");
        Assert.Equal(content, await ReadAsync(got));
        Assert.Equal(put.ETag, got.ETag);
        using var wrong = With(RandomNumberGenerator.GetBytes(32));
        await RefusedAsync("InvalidRequest", () => cluster.Client.GetObjectAsync(bucket, "k"));
        await RefusedAsync("InvalidRequest", () => wrong.GetObjectAsync(bucket, "k"));
        if (sizeBytes > 0)
        {
            // Not with the owner's keyring either, which is what a node has.
            Assert.NotEqual(content, await StoredAsync(bucket, "k"));
            Assert.NotEqual($"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"", put.ETag);
        }
    }

    [Fact]
    public async Task Parts_make_an_object_of_one_key_and_any_range_of_it_can_be_had()
    {
        var bucket = await NewBucketAsync();
        var content = RandomNumberGenerator.GetBytes((2 * PartBytes) + 1000);
        using var mine = With(_key);
        var begun = await mine.InitiateMultipartUploadAsync(bucket, "k");
        await RefusedAsync("InvalidRequest", () => cluster.Client.UploadPartAsync(PartOf(0)));
        var parts = new List<PartETag>();
        foreach (var index in Enumerable.Range(0, 3))
        {
            parts.Add(new PartETag(PartNumbers[index], (await mine.UploadPartAsync(PartOf(index))).ETag));
        }

        await mine.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = bucket, Key = "k", UploadId = begun.UploadId, PartETags = parts });

        using var whole = await mine.GetObjectAsync(bucket, "k");
        Assert.Equal(content, await ReadAsync(whole));
        foreach (var (first, last) in new[] { (PartBytes - 7L, PartBytes + 9L), (17L, (2 * PartBytes) + 5L), (2 * PartBytes, (2 * PartBytes) + 999L) })
        {
            using var range = await mine.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = "k", ByteRange = new Amazon.S3.Model.ByteRange(first, last) });
            Assert.Equal(content[(int)first..((int)last + 1)], await ReadAsync(range));
        }

        UploadPartRequest PartOf(int index) => new()
        {
            BucketName = bucket,
            Key = "k",
            UploadId = begun.UploadId,
            PartNumber = PartNumbers[index],
            InputStream = new MemoryStream(content[(index * PartBytes)..Math.Min((index + 1) * PartBytes, content.Length)]),
        };
    }

    [Fact]
    public async Task A_copy_takes_off_one_key_and_puts_on_another()
    {
        var bucket = await NewBucketAsync();
        var content = RandomNumberGenerator.GetBytes(700_000);
        var other = RandomNumberGenerator.GetBytes(32);
        using var mine = With(_key);
        await mine.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", InputStream = new MemoryStream(content) });

        await RefusedAsync("InvalidRequest", () => cluster.Client.CopyObjectAsync(bucket, "k", bucket, "plain"));
        using var opening = With(null, _key);
        var plain = await opening.CopyObjectAsync(bucket, "k", bucket, "plain");
        using var both = With(other, _key);
        await both.CopyObjectAsync(bucket, "k", bucket, "other");

        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"", plain.ETag);
        using var read = await cluster.Client.GetObjectAsync(bucket, "plain");
        Assert.Equal(content, await ReadAsync(read));
        using var theirs = With(other);
        using var sealedOnce = await theirs.GetObjectAsync(bucket, "other");
        Assert.Equal(content, await ReadAsync(sealedOnce));
        await RefusedAsync("InvalidRequest", () => theirs.GetObjectAsync(bucket, "k"));
    }

    [Fact]
    public void The_wrapped_key_opens_with_its_own_key_only_and_counters_of_parts_differ()
    {
        using var customer = Parse(_key);
        using var stranger = Parse(RandomNumberGenerator.GetBytes(32));
        using var seal = ContentSeal.Create(customer);
        using var again = ContentSeal.Open(seal.Wrapped, customer);

        Assert.Equal(12 + 32 + 16, Convert.FromBase64String(seal.Wrapped).Length);
        Assert.Equal(Stream(seal, 1), Stream(again, 1));
        Assert.NotEqual(Stream(seal, 1), Stream(seal, 2));
        Assert.Throws<Dfs.Gateway.S3.S3Exception>(() => ContentSeal.Open(seal.Wrapped, stranger));
    }

    [Fact]
    public void A_key_that_was_wrapped_before_still_opens()
    {
        using var customer = Parse([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

        using var seal = ContentSeal.Open(Golden, customer);

        Assert.Equal(GoldenStream, Convert.ToHexStringLower(Stream(seal, 3)));
    }

    [Fact]
    public void Numbers_and_sizes_of_parts_are_kept_as_runs()
    {
        var parts = new SealedParts([(2, 10), (3, 10), (4, 10), (7, 10), (8, 5)]);

        var text = parts.ToText();

        Assert.Equal("2*3:10,7*1:10,8*1:5", text);
        Assert.Equal(parts.Parts, SealedParts.Of(new Dictionary<string, string> { [SealedParts.Name] = text }, 45).Parts);
        Assert.Equal([(0, 45L)], SealedParts.Of(new Dictionary<string, string>(), 45).Parts);
    }

    private const string Golden = "AAECAwQFBgcICQoLC2i/mho0KtoZ88L9hpA//4qodsJ+2SOH95KZ1GLOvLbCtXLH0YZpC719X9FN4Zmn";

    private const string GoldenStream = "70713b8eba766901eb589f809d6a8be0";

    private static byte[] Stream(ContentSeal seal, int part)
    {
        var bytes = new byte[16];
        using var cipher = seal.CipherOf(part);
        cipher.Transform(bytes);
        return bytes;
    }

    private static CustomerKey Parse(byte[] key) => CustomerKey.Of(
        name => name[CustomerKey.Prefix.Length..] switch
        {
            "algorithm" => "AES256",
            "key" => Convert.ToBase64String(key),
            _ => Convert.ToBase64String(MD5.HashData(key)),
        },
        CustomerKey.Prefix)!;

    private async Task<byte[]> StoredAsync(string bucket, string name)
    {
        Assert.True(ObjectKey.TryCreate(bucket, name, out var key, out _));
        await using var file = (await cluster.Nodes[1].Client.OpenAsync(key, default)).File!;
        using var content = new MemoryStream();
        var writer = PipeWriter.Create(content, new StreamPipeWriterOptions(leaveOpen: true));
        await file.CopyToAsync(writer, 0, file.SizeBytes, default);
        await writer.CompleteAsync();
        return content.ToArray();
    }

    /// <summary>A client that sends the keys with all it asks; Amazon's own way to name them wants TLS.</summary>
    private AmazonS3Client With(byte[]? key, byte[]? source = null)
    {
        var client = S3Cluster.Connect(cluster.Nodes[2].S3Url!, cluster.Nodes.FirstKey.AccessKey, cluster.Nodes.FirstKey.Secret.Reveal());
        client.BeforeRequestEvent += (_, args) =>
        {
            var headers = ((WebServiceRequestEventArgs)args).Headers;
            foreach (var (prefix, bytes) in new[] { (CustomerKey.Prefix, key), (CustomerKey.SourcePrefix, source) })
            {
                if (bytes is not null && args is not WebServiceRequestEventArgs { Request: CompleteMultipartUploadRequest })
                {
                    headers[prefix + "algorithm"] = "AES256";
                    headers[prefix + "key"] = Convert.ToBase64String(bytes);
                    headers[prefix + "key-md5"] = Convert.ToBase64String(MD5.HashData(bytes));
                }
            }
        };
        return client;
    }

    private async Task<string> NewBucketAsync()
    {
        var bucket = "c-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await cluster.Client.PutBucketAsync(bucket);
        return bucket;
    }

    private static async Task RefusedAsync(string code, Func<Task> act) =>
        Assert.Equal(code, (await Assert.ThrowsAnyAsync<AmazonS3Exception>(act)).ErrorCode);

    private static async Task<byte[]> ReadAsync(GetObjectResponse response)
    {
        using var content = new MemoryStream();
        await response.ResponseStream.CopyToAsync(content);
        return content.ToArray();
    }
}
