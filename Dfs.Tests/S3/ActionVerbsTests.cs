using System.Text.RegularExpressions;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Access;
using Dfs.Tests.Kit;

namespace Dfs.Tests.S3;

/// <summary>What every operation of S3 takes of a key: docs/operating/access.md.</summary>
public sealed partial class ActionVerbsTests
{
    private static readonly Dictionary<Verbs, string[]> Expected = new()
    {
        [Verbs.Read] =
        [
            "GetObject", "GetObjectVersion", "GetObjectAcl", "GetObjectVersionAcl", "GetObjectTagging", "GetObjectVersionTagging", "GetObjectRetention", "GetObjectLegalHold",
        ],
        [Verbs.List] = ["ListBucket", "ListBucketVersions", "ListBucketMultipartUploads", "GetBucketLocation", "GetBucketVersioning"],
        [Verbs.Write] =
        [
            "PutObject", "PutObjectTagging", "PutObjectVersionTagging", "DeleteObjectTagging", "DeleteObjectVersionTagging", "PutObjectRetention", "ListMultipartUploadParts",
            "AbortMultipartUpload",
        ],
        [Verbs.Remove] = ["DeleteObject", "DeleteObjectVersion"],
        [Verbs.Share] = ["PutObjectAcl", "PutObjectVersionAcl"],
        [Verbs.Manage] =
        [
            "DeleteBucket", "GetBucket", "GetBucketAcl", "PutBucketAcl", "GetBucketCORS", "PutBucketCORS", "GetBucketPolicy", "GetBucketPolicyStatus", "PutBucketPolicy", "DeleteBucketPolicy",
            "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock", "GetBucketOwnershipControls", "PutBucketOwnershipControls", "GetBucketTagging", "PutBucketTagging",
            "GetEncryptionConfiguration", "PutEncryptionConfiguration", "GetLifecycleConfiguration", "PutLifecycleConfiguration", "GetBucketObjectLockConfiguration",
            "PutBucketObjectLockConfiguration", "PutBucketVersioning", "PutObjectLegalHold", "BypassGovernanceRetention",
        ],
    };

    [Fact]
    public void Every_action_that_is_asked_for_takes_its_verb_and_one_that_nobody_thought_of_takes_manage()
    {
        var known = Expected.SelectMany(pair => pair.Value.Select(action => (action, pair.Key))).ToDictionary();
        var asked = SourceTree.Files("Dfs.Gateway/S3", "*.cs").Select(SourceTree.Read).SelectMany(source => Action().Matches(source)).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.Equal(known.Keys.Order(), asked.Order());
        Assert.All(known, pair => Assert.Equal(pair.Value, ActionVerbs.Of($"s3:{pair.Key}", static _ => null)));
        Assert.Equal(Verbs.Manage, ActionVerbs.Of("s3:SomethingNew", static _ => null));
    }

    [Theory]
    [InlineData("x-amz-acl", "public-read", true)]
    [InlineData("x-amz-acl", "authenticated-read", true)]
    [InlineData("x-amz-acl", "private", false)]
    [InlineData("x-amz-acl", "bucket-owner-full-control", false)]
    [InlineData("x-amz-grant-read", "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"", true)]
    [InlineData("x-amz-grant-full-control", "id=\"x\"", true)]
    public void Who_stores_and_opens_it_to_others_shares(string header, string value, bool shares) =>
        Assert.Equal(shares ? Verbs.Write | Verbs.Share : Verbs.Write, ActionVerbs.Of("s3:PutObject", name => name == header ? value : null));

    // Names of operations begin with a capital, those of a policy's conditions do not.
    [GeneratedRegex("\"s3:([A-Z][A-Za-z]+)\"")]
    private static partial Regex Action();
}
