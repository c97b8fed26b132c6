using System.Net;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>ListBuckets, CreateBucket, HeadBucket, DeleteBucket, and what there is to say about a bucket.</summary>
internal static class BucketOperations
{
    public static async Task ListAsync(S3Call call)
    {
        if (call.Who is not { } who)
        {
            // Nobody has none.
            await call.AnswerAsync(Element("ListAllMyBucketsResult", Element("Buckets")));
            return;
        }

        var buckets = await who.Client.Buckets.ListAsync(call.Aborted);
        S3Outcomes.Require(buckets.Outcome, buckets.Detail, S3Error.InternalError);
        var (prefix, token) = (call.Target.Get("prefix") ?? "", call.Target.Get("continuation-token") ?? "");
        var countMax = call.Target.Get("max-buckets") is { } max ? ListOperations.CountOf(max, "max-buckets") : int.MaxValue;
        // The token is the last name that was shown.
        var following = buckets.Buckets.Where(bucket => call.MaySee(bucket.Name)
            && bucket.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(bucket.Name, token) > 0).ToList();
        var page = following.Take(countMax).ToList();
        await call.AnswerAsync(Element("ListAllMyBucketsResult",
            call.AccessLists.OwnerElement("Owner", who.Owner.Id),
            Element("Buckets", page.Select(bucket => Element("Bucket", Element("Name", bucket.Name), Element("CreationDate", Time(bucket.ChangedAt))))),
            prefix.Length > 0 ? Element("Prefix", prefix) : null,
            page.Count > 0 && page.Count < following.Count ? Element("ContinuationToken", page[^1].Name) : null));
    }

    public static async Task CreateAsync(S3Call call)
    {
        var who = call.Who ?? throw new S3Exception(S3Error.AccessDenied);
        var name = call.Target.Bucket;
        if (ObjectKey.BucketRefusal(name) is { } refusal || !IsName(name))
        {
            throw new S3Exception(S3Error.InvalidBucketName);
        }

        // Where it is said to lie is read, because it may be malformed, and makes no difference.
        if (call.Header("content-length") is not (null or "0"))
        {
            await call.XmlAsync("CreateBucketConfiguration");
        }

        call.RequireGranted(Verbs.Manage, name, null);
        var wanted = NewSettings(call, who.Owner.Id);
        await RequireFreeAsync(call, who);
        var made = await who.Client.Buckets.CreateAsync(name, wanted, call.Aborted);
        if (made.Outcome == DfsOutcome.PreconditionFailed)
        {
            // In us-east-1 a bucket may be made again by who has it, if that changes nothing.
            var current = await who.Client.Buckets.ShowAsync(name, call.Aborted);
            S3Outcomes.Require(current.Outcome, current.Detail, S3Error.InternalError);
            if (current.Bucket!.Settings.Document(BucketDocuments.Acl) != wanted.Document(BucketDocuments.Acl))
            {
                throw new S3Exception(S3Error.BucketAlreadyExists);
            }
        }
        else
        {
            S3Outcomes.Require(made.Outcome, made.Detail, S3Error.InternalError);
        }

        call.Response.Headers.Location = "/" + name;
        await call.AnswerAsync();
    }

    private static BucketSettings NewSettings(S3Call call, string ownerId)
    {
        var ownership = call.Header("x-amz-object-ownership");
        if (ownership is not null && !ObjectOwnership.IsOne(ownership))
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("There is no such object ownership."));
        }

        var list = call.AccessLists.OfHeaders(call.Header, ownerId, ownerId);
        if (ownership == ObjectOwnership.Enforced && list is not null && list != AccessList.Private(ownerId))
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"));
        }

        var hasLocks = call.Header("x-amz-bucket-object-lock-enabled") is "true" or "True";
        return (BucketSettings.Default with { IsVersioned = hasLocks })
            .WithDocument(LockRule.DocumentName, hasLocks ? LockRule.WithoutTerm.ToText() : null)
            .WithDocument(BucketDocuments.Ownership, ownership)
            .WithDocument(BucketDocuments.Acl, list == AccessList.Private(ownerId) ? null : list?.ToText());
    }

    // Names are one space for the owners of a node: with two of one name, a request that names one would mean either.
    private static async Task RequireFreeAsync(S3Call call, S3Credential who)
    {
        try
        {
            var found = await call.FindBucketAsync(call.Target.Bucket, "x-amz-expected-bucket-owner");
            if (found.Owner.Id != who.Owner.Id)
            {
                throw new S3Exception(S3Error.BucketAlreadyExists);
            }
        }
        catch (S3Exception free) when (free.Error == S3Error.NoSuchBucket)
        {
            // Nobody has it.
        }
    }

    public static async Task HeadAsync(S3Call call)
    {
        call.Response.Headers["x-amz-bucket-region"] = S3Endpoint.Region;
        await call.AnswerAsync();
    }

    public static async Task DeleteAsync(S3Call call)
    {
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
        await call.AnswerAsync(Element("LocationConstraint"));
    }

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
