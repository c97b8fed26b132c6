using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace Dfs.Tests.S3;

// What happens to one key at the same moment, through all nodes: one coherent version comes of it.
public sealed partial class S3NodesSpec
{
    private const int Rounds = 6;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_fifty_who_put_one_object_on_a_condition_through_three_nodes_exactly_one_wins(bool isThere)
    {
        var bucket = await NewBucketAsync();
        var seen = isThere ? (await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "race", ContentBody = "before" })).ETag : null;
        var puts = Enumerable.Range(0, 50).Select(async writer =>
        {
            try
            {
                await cluster.Clients[writer % 3].PutObjectAsync(new PutObjectRequest
                {
                    BucketName = bucket,
                    Key = "race",
                    ContentBody = $"writer {writer}",
                    IfNoneMatch = isThere ? null : "*",
                    IfMatch = seen,
                });
                return (Writer: writer, Code: "");
            }
            catch (AmazonS3Exception refused)
            {
                return (Writer: writer, Code: refused.ErrorCode);
            }
        });

        var told = await Task.WhenAll(puts);

        // Who is told to slow down, by nodes that are busy, may have been the one, but only if nobody is told so; who is told that the service is unavailable was not.
        Assert.All(told, one => Assert.True(one.Code is "" or "PreconditionFailed" or "SlowDown" or "ServiceUnavailable", one.Code));
        var won = told.Where(one => one.Code.Length == 0).ToList();
        Assert.InRange(won.Count, 0, 1);
        using var stored = await S3.GetObjectAsync(bucket, "race");
        var content = Encoding.UTF8.GetString(await ReadAsync(stored));
        var winner = Assert.Single(told, one => $"writer {one.Writer}" == content).Writer;
        Assert.Contains(winner, (won.Count == 1 ? won : told.Where(one => one.Code == "SlowDown")).Select(one => one.Writer));
        foreach (var client in cluster.Clients)
        {
            using var got = await client.GetObjectAsync(bucket, "race");
            Assert.Equal(content, Encoding.UTF8.GetString(await ReadAsync(got)));
        }
    }

    [Fact]
    public async Task An_upload_that_many_complete_at_once_in_different_ways_makes_one_version_that_all_are_told()
    {
        var bucket = await NewBucketAsync();
        await SetVersioningAsync(bucket, VersionStatus.Enabled);
        var content = RandomNumberGenerator.GetBytes(PartBytes + 1000);
        var begun = await S3.InitiateMultipartUploadAsync(bucket, "whole");
        var parts = new List<PartETag>();
        for (var number = 1; number <= 2; number++)
        {
            parts.Add(new PartETag(number, (await S3.UploadPartAsync(PartOf(bucket, begun.UploadId, number, content))).ETag));
        }

        // Half of them want the first part alone.
        var done = await Task.WhenAll(Enumerable.Range(0, 12).Select(
            who => cluster.Clients[who % 3].CompleteMultipartUploadAsync(Completion(bucket, begun.UploadId, parts.Take(1 + (who % 2))))));

        var etag = Assert.Single(done.Select(answer => answer.ETag).Distinct());
        var version = Assert.Single(await VersionsAsync(bucket));
        Assert.All(done, answer => Assert.Equal(version.Id, answer.VersionId));
        foreach (var client in cluster.Clients)
        {
            using var got = await client.GetObjectAsync(bucket, "whole");
            Assert.Equal(etag, got.ETag);
            Assert.Equal(etag.EndsWith("-2\"", StringComparison.Ordinal) ? content : content[..PartBytes], await ReadAsync(got));
        }
    }

    [Fact]
    public async Task An_upload_that_many_complete_does_not_come_back_over_what_was_done_after_the_first_was_answered()
    {
        var bucket = await NewBucketAsync();
        for (var round = 0; round < Rounds; round++)
        {
            var begun = await S3.InitiateMultipartUploadAsync(bucket, "whole");
            var part = new PartETag(1, (await S3.UploadPartAsync(PartOf(bucket, begun.UploadId, 1, RandomNumberGenerator.GetBytes(1000)))).ETag);
            var all = Enumerable.Range(0, 9).Select(
                who => cluster.Clients[who % 3].CompleteMultipartUploadAsync(Completion(bucket, begun.UploadId, [part]))).ToList();

            await await Task.WhenAny(all);
            await (round % 2 == 0
                ? cluster.Clients[2].DeleteObjectAsync(bucket, "whole")
                : cluster.Clients[2].PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "whole", ContentBody = "newer" }) as Task);
            // The others say that it is done, or that there is no such upload any more.
            await Task.WhenAll(all.Select(each => OutcomeAsync(each, "NoSuchUpload", "InvalidPart")));

            if (round % 2 == 0)
            {
                await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, "whole"));
            }
            else
            {
                using var got = await S3.GetObjectAsync(bucket, "whole");
                Assert.Equal("newer", Encoding.UTF8.GetString(await ReadAsync(got)));
            }
        }
    }

    [Fact]
    public async Task Of_a_put_and_a_removal_at_once_the_later_one_counts_and_every_node_says_the_same()
    {
        var bucket = await NewBucketAsync();
        await SetVersioningAsync(bucket, VersionStatus.Enabled);
        for (var round = 0; round < Rounds; round++)
        {
            // Half of them have chunks.
            var (key, content) = ($"k{round}", RandomNumberGenerator.GetBytes(round % 2 == 0 ? 100 : 700_000));
            await Task.WhenAll(
                cluster.Clients[round % 3].PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(content) }),
                cluster.Clients[(round + 1) % 3].DeleteObjectAsync(bucket, key));

            // The mark is there whether or not there was something to remove.
            var versions = (await S3.ListVersionsAsync(bucket, key)).Versions;
            Assert.Equal([true, false], versions.Select(version => version.IsLatest is true));
            Assert.Single(versions, version => version.IsDeleteMarker is true);
            foreach (var client in cluster.Clients)
            {
                if (versions[0].IsDeleteMarker is true)
                {
                    await RefusedAsync("NoSuchKey", () => client.GetObjectAsync(bucket, key));
                }

                using var got = await client.GetObjectAsync(bucket, key, versions.Single(version => version.IsDeleteMarker is not true).VersionId);
                Assert.Equal(content, await ReadAsync(got));
            }
        }
    }

    [Fact]
    public async Task A_copy_onto_itself_undoes_neither_a_put_nor_a_removal_beside_it()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(bucket, "k", 10);
        await RefusedAsync("InvalidRequest", () => S3.CopyObjectAsync(bucket, "k", bucket, "k"));
        for (var round = 0; round < Rounds; round++)
        {
            var (key, sizeBytes) = ($"k{round}", round % 2 == 0 ? 100 : 700_000);
            var other = RandomNumberGenerator.GetBytes(sizeBytes);
            await PutAsync(bucket, key, sizeBytes);
            var copy = new CopyObjectRequest
            {
                SourceBucket = bucket,
                SourceKey = key,
                DestinationBucket = bucket,
                DestinationKey = key,
                MetadataDirective = S3MetadataDirective.REPLACE,
                ContentType = "text/copied",
            };
            await Task.WhenAll(
                cluster.Clients[round % 3].CopyObjectAsync(copy),
                cluster.Clients[(round + 1) % 3].PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(other), ContentType = "text/put" }));

            foreach (var client in cluster.Clients)
            {
                using var got = await client.GetObjectAsync(bucket, key);
                var content = await ReadAsync(got);
                Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"", got.ETag);
                // The copy before the put, or after it and of what was put.
                Assert.Equal(other, content);
                Assert.True(got.Headers.ContentType is "text/put" or "text/copied", got.Headers.ContentType);
            }

            var copying = cluster.Clients[round % 3].CopyObjectAsync(copy);
            await cluster.Clients[(round + 1) % 3].DeleteObjectAsync(bucket, key);
            await OutcomeAsync(copying, "NoSuchKey");
            await RefusedAsync("NoSuchKey", () => S3.GetObjectAsync(bucket, key));
        }
    }

    private static async Task OutcomeAsync(Task act, params string[] codes)
    {
        try
        {
            await act;
        }
        catch (AmazonS3Exception refused)
        {
            Assert.Contains(refused.ErrorCode, codes);
        }
    }
}
