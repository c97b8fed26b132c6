using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Processes;

namespace Dfs.Tests.S3;

/// <summary>Locked versions on three nodes, against every way in that could take them out.</summary>
public sealed class ObjectLockSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    private const string Refused = "AccessDenied";

    private static readonly DateTime Far = new(2140, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private AmazonS3Client S3 => cluster.Client;

    [Fact]
    public async Task A_term_of_governance_is_passed_over_by_who_may_and_one_of_compliance_by_nobody()
    {
        var bucket = await NewBucketAsync();
        foreach (var mode in new[] { ObjectLockRetentionMode.Governance, ObjectLockRetentionMode.Compliance })
        {
            var version = await PutAsync(bucket, "k", "kept");
            await RetainAsync(S3, bucket, version, mode, Far);

            await RefusedAsync(Refused, () => S3.DeleteObjectAsync(bucket, "k", version));
            await RefusedAsync(Refused, () => RetainAsync(S3, bucket, version, mode, Far.AddYears(-1)));
            await RetainAsync(cluster.Clients[1], bucket, version, mode, Far.AddYears(1));
            var head = await S3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = "k", VersionId = version });
            Assert.Equal((mode.Value, Far.AddYears(1)), (head.ObjectLockMode.Value, head.ObjectLockRetainUntilDate!.Value.ToUniversalTime()));
            var bypassing = () => S3.DeleteObjectAsync(
                new DeleteObjectRequest { BucketName = bucket, Key = "k", VersionId = version, BypassGovernanceRetention = true });
            if (mode == ObjectLockRetentionMode.Governance)
            {
                await bypassing();
                await RefusedAsync("NoSuchVersion", () => S3.GetObjectAsync(bucket, "k", version));
            }
            else
            {
                await RefusedAsync(Refused, bypassing);
            }
        }
    }

    [Fact]
    public async Task What_is_locked_stays_whatever_way_in_is_taken()
    {
        var bucket = await NewBucketAsync();
        var put = await S3.PutObjectAsync(new PutObjectRequest
        {
            BucketName = bucket,
            Key = "k",
            ContentBody = "kept",
            ObjectLockMode = ObjectLockMode.Compliance,
            ObjectLockRetainUntilDate = Far,
        });
        var id = VersionId.TryParse(put.VersionId, out var parsed) ? parsed : throw new FormatException(put.VersionId);
        var key = ObjectKey.TryCreate(bucket, "k", out var made, out _) ? made : throw new FormatException(bucket);
        var client = cluster.Nodes[2].Owners.Choose(cluster.OwnerId).Client!;

        // Over it, by the library and the page; its removal; the versions of it; the settings of the bucket; the bucket.
        await PutAsync(bucket, "k", "newer");
        Assert.Equal(DfsOutcome.Done, (await client.RemoveAsync(key, default)).Outcome);
        Assert.Equal(DfsOutcome.NotAllowed, (await client.Versions.RemoveAsync(key, id, default)).Outcome);
        Assert.Equal(DfsOutcome.NotAllowed, (await client.Locks.RemoveAsync(key, id, opensGovernance: true, default)).Outcome);
        foreach (var wish in new[] { "off", "suspended" })
        {
            Assert.True(BucketChange.TryCreate([new KeyValuePair<string, string>("versioned", wish)], out var change, out _));
            Assert.Equal(DfsOutcome.PreconditionFailed, (await client.Buckets.SetAsync(bucket, change, default)).Outcome);
        }

        Assert.True(BucketChange.TryCreate([new KeyValuePair<string, string>("keep-last", "1")], out var keep, out _));
        Assert.Equal(DfsOutcome.Done, (await client.Buckets.SetAsync(bucket, keep, default)).Outcome);
        foreach (var content in new[] { "newest", "newest of all" })
        {
            await PutAsync(bucket, "k", content);
        }

        await RefusedAsync("BucketNotEmpty", () => S3.DeleteBucketAsync(bucket));
        using var got = await cluster.Clients[1].GetObjectAsync(bucket, "k", put.VersionId);
        Assert.Equal("kept", await TextAsync(got));
    }

    [Fact]
    public async Task A_hold_stays_until_it_is_lifted_and_a_bucket_locks_what_is_stored_in_it()
    {
        var bucket = await NewBucketAsync();
        await S3.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
        {
            BucketName = bucket,
            ObjectLockConfiguration = new ObjectLockConfiguration
            {
                ObjectLockEnabled = ObjectLockEnabled.Enabled,
                Rule = new ObjectLockRule { DefaultRetention = new DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = 2 } },
            },
        });
        var version = await PutAsync(bucket, "k", "kept");
        var term = (await S3.GetObjectRetentionAsync(new GetObjectRetentionRequest { BucketName = bucket, Key = "k" })).Retention;
        Assert.Equal(ObjectLockRetentionMode.Governance, term.Mode);
        Assert.InRange(term.RetainUntilDate!.Value.ToUniversalTime(), Now.AddDays(1), Now.AddDays(3));
        var removing = () => S3.DeleteObjectAsync(
            new DeleteObjectRequest { BucketName = bucket, Key = "k", VersionId = version, BypassGovernanceRetention = true });

        await HoldAsync(bucket, ObjectLockLegalHoldStatus.On);
        await RefusedAsync(Refused, removing);
        await HoldAsync(bucket, ObjectLockLegalHoldStatus.Off);
        await removing();

        await RefusedAsync("NoSuchVersion", () => S3.GetObjectAsync(bucket, "k", version));
    }

    [Fact]
    public async Task A_term_ends_by_itself()
    {
        var bucket = await NewBucketAsync();
        var version = await PutAsync(bucket, "k", "kept");
        await RetainAsync(S3, bucket, version, ObjectLockRetentionMode.Compliance, Now.AddSeconds(2));

        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await S3.DeleteObjectAsync(bucket, "k", version);
                    return true;
                }
                catch (AmazonS3Exception early)
                {
                    Assert.Equal(Refused, early.ErrorCode);
                    return false;
                }
            },
            TimeSpan.FromSeconds(30), "what was locked for two seconds can be removed");
    }

    [Fact]
    public async Task Of_a_lock_and_a_removal_at_the_same_time_one_is_done_and_the_other_is_refused()
    {
        var bucket = await NewBucketAsync();
        for (var round = 0; round < 12; round++)
        {
            var version = await PutAsync(bucket, "k", $"round {round}");
            var locking = DoneAsync(() => RetainAsync(cluster.Clients[round % 3], bucket, version, ObjectLockRetentionMode.Compliance, Far));
            var removing = DoneAsync(() => cluster.Clients[(round + 1) % 3].DeleteObjectAsync(bucket, "k", version));
            var overwriting = cluster.Clients[(round + 2) % 3].PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "over it" });

            var (isLocked, isRemoved) = (await locking, await removing);
            await overwriting;

            Assert.True(isLocked != isRemoved, $"round {round}: locked {isLocked}, removed {isRemoved}");
            if (isLocked)
            {
                using var got = await S3.GetObjectAsync(bucket, "k", version);
                Assert.Equal($"round {round}", await TextAsync(got));
            }
        }
    }

    private static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    private async Task<string> NewBucketAsync()
    {
        var bucket = $"lock-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = true });
        return bucket;
    }

    private async Task<string> PutAsync(string bucket, string key, string content) =>
        (await S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = content })).VersionId;

    private Task<PutObjectLegalHoldResponse> HoldAsync(string bucket, ObjectLockLegalHoldStatus status) => S3.PutObjectLegalHoldAsync(
        new PutObjectLegalHoldRequest { BucketName = bucket, Key = "k", LegalHold = new ObjectLockLegalHold { Status = status } });

    private static Task<PutObjectRetentionResponse> RetainAsync(AmazonS3Client client, string bucket, string version, ObjectLockRetentionMode mode, DateTime until) =>
        client.PutObjectRetentionAsync(new PutObjectRetentionRequest
        {
            BucketName = bucket,
            Key = "k",
            VersionId = version,
            Retention = new ObjectLockRetention { Mode = mode, RetainUntilDate = until },
        });

    private static async Task<bool> DoneAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (AmazonS3Exception refused)
        {
            Assert.Contains(refused.ErrorCode, new[] { Refused, "NoSuchVersion", "NoSuchKey" });
            return false;
        }
    }

    private static async Task<string> TextAsync(GetObjectResponse got)
    {
        using var reader = new StreamReader(got.ResponseStream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static async Task RefusedAsync(string code, Func<Task> act) =>
        Assert.Equal(code, (await Assert.ThrowsAnyAsync<AmazonS3Exception>(act)).ErrorCode);
}
