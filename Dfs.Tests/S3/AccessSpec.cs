using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace Dfs.Tests.S3;

/// <summary>What a second owner, and somebody without a key, can do with the first owner's buckets.</summary>
public sealed class AccessSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    private AmazonS3Client Mine => cluster.Client;

    private AmazonS3Client Other => cluster.Other;

    private AmazonS3Client Nobody => cluster.Nobody;

    [Fact]
    public async Task Without_a_grant_others_can_do_nothing()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(Mine, bucket, "k", "secret");

        foreach (var stranger in new[] { Other, Nobody })
        {
            await DeniedAsync(() => stranger.GetObjectAsync(bucket, "k"));
            await DeniedAsync(() => stranger.GetObjectAsync(bucket, "not there"));
            await DeniedAsync(() => stranger.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }));
            await DeniedAsync(() => PutAsync(stranger, bucket, "k", "overwritten"));
            await DeniedAsync(() => stranger.DeleteObjectAsync(bucket, "k"));
            await DeniedAsync(() => stranger.PutBucketAclAsync(new PutBucketAclRequest { BucketName = bucket, ACL = S3CannedACL.PublicRead }));
            await DeniedAsync(() => stranger.DeleteBucketAsync(bucket));
            var deletes = await Assert.ThrowsAnyAsync<DeleteObjectsException>(() => stranger.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = bucket, Objects = [new KeyVersion { Key = "k" }] }));
            Assert.Equal("AccessDenied", Assert.Single(deletes.Response.DeleteErrors).Code);
        }

        Assert.Equal("secret", await ReadAsync(Mine, bucket, "k"));
        Assert.DoesNotContain((await Other.ListBucketsAsync()).Buckets, one => one.BucketName == bucket);
        await RefusedAsync("BucketAlreadyExists", () => Other.PutBucketAsync(bucket));
    }

    [Fact]
    public async Task A_page_of_another_origin_may_do_what_a_rule_of_the_bucket_says_and_its_browser_is_told()
    {
        var bucket = await NewBucketAsync(S3CannedACL.PublicRead);
        await RefusedAsync("NoSuchCORSConfiguration", () => Mine.GetCORSConfigurationAsync(bucket));
        await Mine.PutCORSConfigurationAsync(bucket, new CORSConfiguration
        {
            Rules = [new CORSRule { AllowedOrigins = ["https://*.example"], AllowedMethods = ["GET", "PUT"], AllowedHeaders = ["x-amz-meta-*"], ExposeHeaders = ["ETag"], MaxAgeSeconds = 60 }],
        });
        using var browser = new HttpClient();
        var address = $"{cluster.Nodes[2].S3Url}/{bucket}/k";

        var asked = await AskAsync(HttpMethod.Options, ("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "X-Amz-Meta-Colour"));
        Assert.Equal((HttpStatusCode.OK, "https://a.example", "GET, PUT", "60"), (asked.StatusCode, One(asked, "Access-Control-Allow-Origin"), One(asked, "Access-Control-Allow-Methods"), One(asked, "Access-Control-Max-Age")));
        // A refusal can be read by the page, too.
        var got = await AskAsync(HttpMethod.Get, ("Origin", "https://a.example"));
        Assert.Equal((HttpStatusCode.NotFound, "https://a.example", "ETag"), (got.StatusCode, One(got, "Access-Control-Allow-Origin"), One(got, "Access-Control-Expose-Headers")));
        Assert.Null(One(await AskAsync(HttpMethod.Get, ("Origin", "https://elsewhere")), "Access-Control-Allow-Origin"));
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(HttpMethod.Options, ("Origin", "https://a.example"), ("Access-Control-Request-Method", "DELETE"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(HttpMethod.Options, ("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "cookie"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(HttpMethod.Options, ("Origin", "https://a.example"))).StatusCode);
        // It opens nothing: what a stranger may not do is refused as before.
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(HttpMethod.Put, ("Origin", "https://a.example"))).StatusCode);
        await DeniedAsync(() => Other.PutCORSConfigurationAsync(bucket, new CORSConfiguration { Rules = [new CORSRule { AllowedOrigins = ["*"], AllowedMethods = ["GET"] }] }));

        Assert.Equal(["https://*.example"], (await Mine.GetCORSConfigurationAsync(bucket)).Configuration.Rules.Single().AllowedOrigins);
        await Mine.DeleteCORSConfigurationAsync(bucket);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(HttpMethod.Options, ("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET"))).StatusCode);

        async Task<HttpResponseMessage> AskAsync(HttpMethod method, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(method, address);
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            request.Content = method == HttpMethod.Put ? new ByteArrayContent([1]) : null;
            return await browser.SendAsync(request);
        }

        static string? One(HttpResponseMessage answer, string header) => answer.Headers.TryGetValues(header, out var values) ? string.Join(", ", values) : null;
    }

    [Fact]
    public async Task A_public_bucket_is_listed_and_a_public_object_read_by_everybody_and_no_more()
    {
        var bucket = await NewBucketAsync(S3CannedACL.PublicRead);
        await PutAsync(Mine, bucket, "shown", "shown", S3CannedACL.PublicRead);
        await PutAsync(Mine, bucket, "hidden", "hidden");

        foreach (var stranger in new[] { Other, Nobody })
        {
            Assert.Equal(["hidden", "shown"], (await stranger.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket })).S3Objects.Select(one => one.Key));
            Assert.Equal("shown", await ReadAsync(stranger, bucket, "shown"));
            await DeniedAsync(() => stranger.GetObjectAsync(bucket, "hidden"));
            await RefusedAsync("NoSuchKey", () => stranger.GetObjectAsync(bucket, "not there"));
            await DeniedAsync(() => PutAsync(stranger, bucket, "new", "x"));
        }

        await Mine.PutObjectAclAsync(new PutObjectAclRequest { BucketName = bucket, Key = "shown", ACL = S3CannedACL.Private });
        await DeniedAsync(() => Nobody.GetObjectAsync(bucket, "shown"));
        await Mine.PutBucketAclAsync(new PutBucketAclRequest { BucketName = bucket, ACL = S3CannedACL.AuthenticatedRead });
        await DeniedAsync(() => Nobody.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }));
        await Other.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket });
    }

    [Fact]
    public async Task What_another_owner_puts_into_a_bucket_is_theirs_and_stays_in_it()
    {
        var bucket = await NewBucketAsync();
        await Mine.PutBucketAclAsync(new PutBucketAclRequest
        {
            BucketName = bucket,
            AccessControlPolicy = new S3AccessControlList
            {
                Owner = new Owner { Id = cluster.OwnerId },
                Grants = [new S3Grant { Grantee = new S3Grantee { CanonicalUser = cluster.OtherId }, Permission = S3Permission.WRITE }],
            },
        });

        await PutAsync(Other, bucket, "theirs", "content");

        Assert.Equal("content", await ReadAsync(Other, bucket, "theirs"));
        Assert.Equal(cluster.OtherId, (await Other.GetObjectAclAsync(new GetObjectAclRequest { BucketName = bucket, Key = "theirs" })).Owner.Id);
        await DeniedAsync(() => Mine.GetObjectAsync(bucket, "theirs"));
        await DeniedAsync(() => Other.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }));
        var unknown = new S3Grant { Grantee = new S3Grantee { CanonicalUser = "nobody-is-called-so" }, Permission = S3Permission.READ };
        await RefusedAsync("InvalidArgument", () => Other.PutObjectAclAsync(new PutObjectAclRequest
        {
            BucketName = bucket,
            Key = "theirs",
            AccessControlPolicy = new S3AccessControlList { Owner = new Owner { Id = cluster.OtherId }, Grants = [unknown] },
        }));
        await Mine.DeleteObjectAsync(bucket, "theirs");
        await RefusedAsync("AccessDenied", () => Other.GetObjectAsync(bucket, "theirs"));
    }

    [Fact]
    public async Task A_copy_from_one_owners_bucket_to_anothers_is_read_where_it_may_be()
    {
        var from = await NewBucketAsync();
        var to = await NewBucketAsync(owner: Other);
        var content = RandomNumberGenerator.GetHexString(300_000);
        await PutAsync(Mine, from, "k", content);

        await DeniedAsync(() => Other.CopyObjectAsync(from, "k", to, "copy"));
        await Mine.PutObjectAclAsync(new PutObjectAclRequest { BucketName = from, Key = "k", ACL = S3CannedACL.AuthenticatedRead });
        await Other.CopyObjectAsync(from, "k", to, "copy");

        Assert.Equal(content, await ReadAsync(Other, to, "copy"));
        await DeniedAsync(() => Mine.GetObjectAsync(to, "copy"));
    }

    [Fact]
    public async Task A_policy_opens_what_it_names_and_its_denial_binds_the_owner()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(Mine, bucket, "public/a", "a");
        await PutAsync(Mine, bucket, "private/b", "b");
        await SetPolicyAsync(bucket, $$$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{{bucket}}}/public/*"},
              {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{{cluster.OtherId}}}:root"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::{{{bucket}}}/in/*",
               "Condition":{"StringEquals":{"s3:RequestObjectTag/level":"low"},"NumericLessThan":{"s3:max-keys":"5"} } },
              {"Effect":"Allow","Principal":{"AWS":"{{{cluster.OtherId}}}"},"Action":"s3:Put*","Resource":"arn:aws:s3:::{{{bucket}}}/tagged/*",
               "Condition":{"StringLike":{"s3:RequestObjectTag/level":"lo?"} } },
              {"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::{{{bucket}}}/public/*"}]}
            """);

        Assert.Equal("a", await ReadAsync(Nobody, bucket, "public/a"));
        await DeniedAsync(() => Nobody.GetObjectAsync(bucket, "private/b"));
        await DeniedAsync(() => PutAsync(Other, bucket, "in/x", "x"));
        await DeniedAsync(() => PutAsync(Other, bucket, "tagged/x", "x"));
        await Other.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "tagged/x", ContentBody = "x", TagSet = [new Tag { Key = "level", Value = "low" }] });
        await DeniedAsync(() => Mine.DeleteObjectAsync(bucket, "public/a"));
        await Mine.DeleteBucketPolicyAsync(bucket);
        await DeniedAsync(() => Nobody.GetObjectAsync(bucket, "public/a"));
        await Mine.DeleteObjectAsync(bucket, "public/a");
    }

    [Fact]
    public async Task A_policy_may_ask_for_the_tags_that_an_object_has()
    {
        var bucket = await NewBucketAsync();
        await Mine.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "open", ContentBody = "1", TagSet = [new Tag { Key = "security", Value = "public" }] });
        await PutAsync(Mine, bucket, "closed", "2");
        await SetPolicyAsync(bucket, $$$"""
            {"Statement":{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::{{{bucket}}}/*"],
             "Condition":{"StringEquals":{"s3:ExistingObjectTag/security":"public"} } } }
            """);

        Assert.Equal("1", await ReadAsync(Other, bucket, "open"));
        await DeniedAsync(() => Other.GetObjectAsync(bucket, "closed"));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"Statement":[]}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::another/*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","NotPrincipal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Perhaps","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o"}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*","Condition":{"ForAllValues:StringEquals":{"s3:prefix":"o"}}}}""")]
    public async Task A_policy_that_would_not_do_what_it_says_is_not_taken(string policy)
    {
        var bucket = await NewBucketAsync();

        await RefusedAsync("MalformedPolicy", () => SetPolicyAsync(bucket, policy.Replace("BUCKET", bucket, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Public_access_can_be_ruled_out_for_a_bucket()
    {
        var bucket = await NewBucketAsync(S3CannedACL.PublicRead);
        await PutAsync(Mine, bucket, "k", "v", S3CannedACL.PublicRead);
        Assert.Equal("v", await ReadAsync(Nobody, bucket, "k"));

        await Mine.PutPublicAccessBlockAsync(new PutPublicAccessBlockRequest
        {
            BucketName = bucket,
            PublicAccessBlockConfiguration = new PublicAccessBlockConfiguration { BlockPublicAcls = true, IgnorePublicAcls = true, BlockPublicPolicy = true },
        });

        await DeniedAsync(() => Nobody.GetObjectAsync(bucket, "k"));
        await DeniedAsync(() => Other.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }));
        await DeniedAsync(() => PutAsync(Mine, bucket, "k2", "v", S3CannedACL.PublicRead));
        await DeniedAsync(() => SetPolicyAsync(bucket, $$$"""
            {"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{{bucket}}}/*"}}
            """));
    }

    [Fact]
    public async Task Where_the_bucket_owner_owns_everything_lists_have_no_say()
    {
        var bucket = await NewBucketAsync();
        await PutAsync(Mine, bucket, "k", "v", S3CannedACL.PublicRead);
        await Mine.PutBucketOwnershipControlsAsync(new PutBucketOwnershipControlsRequest
        {
            BucketName = bucket,
            OwnershipControls = new OwnershipControls { Rules = [new OwnershipControlsRule { ObjectOwnership = ObjectOwnership.BucketOwnerEnforced }] },
        });

        await DeniedAsync(() => Nobody.GetObjectAsync(bucket, "k"));
        await RefusedAsync("AccessControlListNotSupported", () => PutAsync(Mine, bucket, "k", "v", S3CannedACL.PublicRead));
        await PutAsync(Mine, bucket, "k", "w");
        Assert.Equal("w", await ReadAsync(Mine, bucket, "k"));
    }

    [Fact]
    public async Task A_bucket_that_is_made_again_has_nothing_of_the_one_before()
    {
        var bucket = await NewBucketAsync(S3CannedACL.PublicReadWrite);
        await Mine.PutBucketTaggingAsync(new PutBucketTaggingRequest { BucketName = bucket, TagSet = [new Tag { Key = "a b", Value = "c&d" }] });
        var tag = Assert.Single((await Mine.GetBucketTaggingAsync(new GetBucketTaggingRequest { BucketName = bucket })).TagSet);
        Assert.Equal(("a b", "c&d"), (tag.Key, tag.Value));
        await Mine.DeleteBucketAsync(bucket);
        await Mine.PutBucketAsync(bucket);

        await DeniedAsync(() => Nobody.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }));
        await RefusedAsync("NoSuchTagSet", () => Mine.GetBucketTaggingAsync(new GetBucketTaggingRequest { BucketName = bucket }));
    }

    private Task<PutBucketPolicyResponse> SetPolicyAsync(string bucket, string policy) => Mine.PutBucketPolicyAsync(new PutBucketPolicyRequest { BucketName = bucket, Policy = policy });

    private async Task<string> NewBucketAsync(S3CannedACL? list = null, AmazonS3Client? owner = null)
    {
        var bucket = "a-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await (owner ?? Mine).PutBucketAsync(new PutBucketRequest { BucketName = bucket, CannedACL = list });
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

    private static Task DeniedAsync(Func<Task> act) => RefusedAsync("AccessDenied", act);

    private static async Task RefusedAsync(string code, Func<Task> act)
    {
        var refused = await Assert.ThrowsAnyAsync<AmazonS3Exception>(act);
        Assert.Equal((code, code == "AccessDenied" ? HttpStatusCode.Forbidden : refused.StatusCode), (refused.ErrorCode, refused.StatusCode));
    }
}
