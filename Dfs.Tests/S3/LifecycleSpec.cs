using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Actors.Client;

namespace Dfs.Tests.S3;

/// <summary>What buckets let go of by themselves, with the time that the test says.</summary>
public sealed class LifecycleSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    private AmazonS3Client S3 => cluster.Client;

    [Fact]
    public async Task Files_go_when_their_rule_says_so_and_no_others()
    {
        var bucket = await NewBucketAsync();
        foreach (var key in new[] { "old/one", "old/two", "kept" })
        {
            await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = key });
        }

        await S3.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = bucket, Key = "kept", Tagging = new Tagging { TagSet = [new Tag { Key = "tmp", Value = "no" }] } });
        await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "tagged", ContentBody = "tagged", TagSet = [new Tag { Key = "tmp", Value = "yes" }] });
        await SetAsync(
            bucket,
            new LifecycleRule
            {
                Id = "by-age",
                Status = LifecycleRuleStatus.Enabled,
                Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "old/" } },
                Expiration = new LifecycleRuleExpiration { Days = 5 },
            },
            new LifecycleRule
            {
                Id = "by tag",
                Status = LifecycleRuleStatus.Enabled,
                Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecycleTagPredicate { Tag = new Tag { Key = "tmp", Value = "yes" } } },
                Expiration = new LifecycleRuleExpiration { Days = 2 },
            });
        Assert.Equal("by-age", (await S3.GetObjectMetadataAsync(bucket, "old/one")).Expiration.RuleId);
        Assert.Null((await S3.GetObjectMetadataAsync(bucket, "kept")).Expiration);

        Assert.Equal(0, await PassAsync(days: 1));
        Assert.Equal(1, await PassAsync(days: 4));
        Assert.Equal(["kept", "old/one", "old/two"], await NamesAsync(bucket));
        Assert.Equal(2, await PassAsync(days: 7));
        Assert.Equal(["kept"], await NamesAsync(bucket));
    }

    [Fact]
    public async Task Older_versions_marks_and_uploads_go_and_what_is_locked_stays()
    {
        var bucket = "life-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = true });
        var locked = (await PutAsync(bucket, "k")).VersionId;
        await S3.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest { BucketName = bucket, Key = "k", LegalHold = new ObjectLockLegalHold { Status = ObjectLockLegalHoldStatus.On } });
        await PutAsync(bucket, "k");
        var current = (await PutAsync(bucket, "k")).VersionId;
        await PutAsync(bucket, "gone");
        await S3.DeleteObjectAsync(bucket, "gone");
        var upload = await S3.InitiateMultipartUploadAsync(bucket, "never completed");
        await S3.UploadPartAsync(new UploadPartRequest { BucketName = bucket, Key = "never completed", UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream([1, 2, 3]) });
        await SetAsync(bucket, new LifecycleRule
        {
            Id = "all",
            Status = LifecycleRuleStatus.Enabled,
            Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "" } },
            Expiration = new LifecycleRuleExpiration { ExpiredObjectDeleteMarker = true },
            NoncurrentVersionExpiration = new LifecycleRuleNoncurrentVersionExpiration { NoncurrentDays = 1 },
            AbortIncompleteMultipartUpload = new LifecycleRuleAbortIncompleteMultipartUpload { DaysAfterInitiation = 1 },
        });

        await PassAsync(days: 3);
        // The mark is alone only now.
        await PassAsync(days: 3);

        var left = (await S3.ListVersionsAsync(bucket)).Versions;
        Assert.Equal([("k", current), ("k", locked)], left.Select(version => (version.Key, version.VersionId)));
        Assert.Empty((await S3.ListMultipartUploadsAsync(bucket)).MultipartUploads ?? []);
    }

    [Fact]
    public async Task Rules_come_back_as_they_were_given_and_can_be_taken_away()
    {
        var bucket = await NewBucketAsync();
        await SetAsync(bucket, new LifecycleRule
        {
            Status = LifecycleRuleStatus.Enabled,
            Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "a" } },
            Expiration = new LifecycleRuleExpiration { Days = 5 },
        });

        var rule = Assert.Single((await cluster.Clients[1].GetLifecycleConfigurationAsync(bucket)).Configuration.Rules);
        Assert.Equal((5, LifecycleRuleStatus.Enabled), (rule.Expiration.Days, rule.Status));
        Assert.NotEmpty(rule.Id);
        await S3.DeleteLifecycleConfigurationAsync(bucket);
        // The client makes no rules of the error that says so.
        Assert.Empty((await cluster.Clients[1].GetLifecycleConfigurationAsync(bucket)).Configuration?.Rules ?? []);
    }

    private async Task<long> PassAsync(int days) => await new LifecyclePass(
        cluster.Nodes[2].Owners.Choose(cluster.OwnerId).Client!, _ => Task.FromResult<DateTimeOffset?>(TimeProvider.System.GetUtcNow().AddDays(days))).RunAsync(default);

    private async Task<IEnumerable<string>> NamesAsync(string bucket) =>
        (await S3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket })).S3Objects.Select(one => one.Key);

    private Task<PutObjectResponse> PutAsync(string bucket, string key) =>
        S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = "content" });

    private Task<PutLifecycleConfigurationResponse> SetAsync(string bucket, params LifecycleRule[] rules) => S3.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest
    {
        BucketName = bucket,
        Configuration = new LifecycleConfiguration { Rules = [.. rules] },
    });

    private async Task<string> NewBucketAsync()
    {
        var bucket = "life-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await S3.PutBucketAsync(bucket);
        return bucket;
    }
}
