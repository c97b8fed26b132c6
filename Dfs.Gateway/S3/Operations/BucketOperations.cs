using System.Net;
using Dfs.Actors.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>ListBuckets, CreateBucket, HeadBucket, DeleteBucket, and what there is to say about a bucket.</summary>
internal static class BucketOperations
{
    /// <summary>What no bucket has here, with the answer that says so.</summary>
    private static readonly Dictionary<string, string> NeverSet = new(StringComparer.Ordinal)
    {
        ["policy"] = "NoSuchBucketPolicy",
        ["cors"] = "NoSuchCORSConfiguration",
        ["lifecycle"] = "NoSuchLifecycleConfiguration",
        ["tagging"] = "NoSuchTagSet",
        ["encryption"] = "ServerSideEncryptionConfigurationNotFoundError",
        ["website"] = "NoSuchWebsiteConfiguration",
        ["object-lock"] = "ObjectLockConfigurationNotFoundError",
        ["replication"] = "ReplicationConfigurationNotFoundError",
        ["publicAccessBlock"] = "NoSuchPublicAccessBlockConfiguration",
        ["ownershipControls"] = "OwnershipControlsNotFoundError",
    };

    public static async Task ListAsync(S3Call call)
    {
        var buckets = await call.Client.Buckets.ListAsync(call.Aborted);
        S3Outcomes.Require(buckets.Outcome, buckets.Detail, S3Error.InternalError);
        var (prefix, token) = (call.Target.Get("prefix") ?? "", call.Target.Get("continuation-token") ?? "");
        var countMax = call.Target.Get("max-buckets") is { } max ? ListOperations.CountOf(max, "max-buckets") : int.MaxValue;
        // The token is the last name that was shown.
        var following = buckets.Buckets.Where(bucket =>
            bucket.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(bucket.Name, token) > 0).ToList();
        var page = following.Take(countMax).ToList();
        await call.AnswerAsync(Element("ListAllMyBucketsResult",
            call.OwnerElement(),
            Element("Buckets", page.Select(bucket => Element("Bucket", Element("Name", bucket.Name), Element("CreationDate", Time(bucket.ChangedAt))))),
            prefix.Length > 0 ? Element("Prefix", prefix) : null,
            page.Count > 0 && page.Count < following.Count ? Element("ContinuationToken", page[^1].Name) : null));
    }

    public static async Task CreateAsync(S3Call call)
    {
        var name = call.Target.Bucket;
        if (ObjectKey.BucketRefusal(name) is { } refusal || !IsName(name))
        {
            throw new S3Exception(S3Error.InvalidBucketName);
        }

        if (call.Header("x-amz-bucket-object-lock-enabled") is "true" or "True")
        {
            throw new S3Exception(S3Error.NotImplemented.Saying("Object lock is not offered."));
        }

        // Where it is said to lie is read, because it may be malformed, and makes no difference.
        if (call.Header("content-length") is not (null or "0"))
        {
            await call.XmlAsync("CreateBucketConfiguration");
        }

        var made = await call.Client.Buckets.CreateAsync(name, BucketChange.None, call.Aborted);
        // In us-east-1 a bucket may be made again by who has it.
        if (made.Outcome != DfsOutcome.PreconditionFailed)
        {
            S3Outcomes.Require(made.Outcome, made.Detail, S3Error.InternalError);
        }

        call.Response.Headers.Location = "/" + name;
        await call.AnswerAsync();
    }

    public static async Task HeadAsync(S3Call call)
    {
        await call.BucketAsync();
        call.Response.Headers["x-amz-bucket-region"] = S3Endpoint.Region;
        await call.AnswerAsync();
    }

    public static async Task DeleteAsync(S3Call call)
    {
        await call.BucketAsync();
        var removed = await call.Client.Buckets.RemoveAsync(call.Target.Bucket, call.Aborted);
        call.ForgetBucket();
        if (removed.Outcome == DfsOutcome.PreconditionFailed)
        {
            throw new S3Exception(S3Error.BucketNotEmpty.Saying(removed.Detail));
        }

        S3Outcomes.Require(removed.Outcome, removed.Detail, S3Error.NoSuchBucket);
        await RemoveUploadsAsync(call);
        await call.AnswerAsync(HttpStatusCode.NoContent);
    }

    public static async Task LocationAsync(S3Call call)
    {
        await call.BucketAsync();
        await call.AnswerAsync(Element("LocationConstraint"));
    }

    /// <summary>The owner may do everything, and nobody else anything.</summary>
    public static async Task AclAsync(S3Call call)
    {
        await call.BucketAsync();
        if (call.Target.Key.Length > 0)
        {
            await using var file = await ObjectReads.OpenAsync(call);
        }

        await call.AnswerAsync(Element("AccessControlPolicy", call.OwnerElement(), Element("AccessControlList", Element("Grant",
            Element("Grantee", new System.Xml.Linq.XAttribute(System.Xml.Linq.XNamespace.Xmlns + "xsi", Xsi.NamespaceName),
                new System.Xml.Linq.XAttribute(Xsi + "type", "CanonicalUser"), call.OwnerElement().Elements()),
            Element("Permission", "FULL_CONTROL")))));
    }

    /// <summary>Takes the one access control list that every bucket and object has.</summary>
    public static async Task SetAclAsync(S3Call call)
    {
        await call.BucketAsync();
        if (call.Header("x-amz-acl") is not "private")
        {
            throw new S3Exception(S3Error.NotImplemented.Saying("Access control lists other than 'private' are not offered."));
        }

        if (call.Target.Key.Length > 0)
        {
            await using var file = await ObjectReads.OpenAsync(call);
        }

        await call.AnswerAsync();
    }

    /// <summary>Says that the bucket has no settings of that kind.</summary>
    public static async Task NothingSetAsync(S3Call call, string kind)
    {
        await call.BucketAsync();
        throw NeverSet.TryGetValue(kind, out var code)
            ? new S3Exception(new S3Error(code, HttpStatusCode.NotFound, "This bucket has none."))
            : new S3Exception(S3Error.NotImplemented);
    }

    private static System.Xml.Linq.XNamespace Xsi => "http://www.w3.org/2001/XMLSchema-instance";

    // Stricter than the store: what DNS could not carry, clients would not find by virtual host.
    private static bool IsName(string name) =>
        char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && !name.Contains("..", StringComparison.Ordinal)
        && !name.Contains(".-", StringComparison.Ordinal) && !name.Contains("-.", StringComparison.Ordinal) && !IPAddress.TryParse(name, out _);

    // A bucket of the same name that is made later must not have them.
    private static async Task RemoveUploadsAsync(S3Call call)
    {
        var uploads = ObjectKey.UploadsOf(call.Target.Bucket);
        for (var page = await call.Client.ListAsync(uploads, ListOptions.All, call.Aborted); page.Entries.Count > 0;
            page = await call.Client.ListAsync(uploads, new ListOptions { After = page.Next }, call.Aborted))
        {
            foreach (var entry in page.Entries)
            {
                await call.Client.RemoveAsync(ObjectKey.OfUpload(call.Target.Bucket, entry.Name), call.Aborted);
            }

            if (!page.IsTruncated)
            {
                return;
            }
        }
    }
}
