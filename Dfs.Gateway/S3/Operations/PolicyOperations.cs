using System.Net;
using System.Text;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>Bucket policies, blocks of public access, and whose objects are.</summary>
internal static class PolicyOperations
{
    public static async Task GetAsync(S3Call call)
    {
        var bytes = Encoding.UTF8.GetBytes(BucketDocumentOperations.Require(call, BucketDocuments.Policy, "NoSuchBucketPolicy"));
        call.Response.ContentType = "application/json";
        call.Response.ContentLength = bytes.Length;
        await call.Response.Body.WriteAsync(bytes, call.Aborted);
    }

    public static async Task PutAsync(S3Call call)
    {
        var bytes = await call.BytesAsync();
        if (bytes.Length > BucketPolicy.BytesMax)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying($"A policy has at most {BucketPolicy.BytesMax} bytes."));
        }

        var json = Encoding.UTF8.GetString(bytes);
        if (Parsed(json, call.Bucket.Name).IsPublic && PublicAccessBlock.Of(call.Settings).BlockPolicy)
        {
            throw new S3Exception(S3Error.AccessDenied.Saying("Public policies are blocked in this bucket."));
        }

        await call.ChangeBucketAsync(settings => settings.WithDocument(BucketDocuments.Policy, json));
        await call.AnswerAsync(HttpStatusCode.NoContent);
    }

    public static Task StatusAsync(S3Call call)
    {
        var block = PublicAccessBlock.Of(call.Settings);
        var isPublic = (BucketDocuments.PolicyOf(call.Settings, call.Bucket.Name)?.IsPublic is true && !block.RestrictBuckets)
            || (BucketDocuments.AclOf(call.Settings, call.Bucket.Owner.Id).IsPublic && !block.IgnoreAcls && !ObjectOwnership.IsEnforced(call.Settings));
        return call.AnswerAsync(Element("PolicyStatus", Element("IsPublic", isPublic ? "true" : "false")));
    }

    public static Task GetPublicAccessAsync(S3Call call)
    {
        BucketDocumentOperations.Require(call, BucketDocuments.PublicAccess, "NoSuchPublicAccessBlockConfiguration");
        return call.AnswerAsync(PublicAccessBlock.Of(call.Settings).ToElement());
    }

    public static async Task PutPublicAccessAsync(S3Call call)
    {
        var wanted = PublicAccessBlock.OfDocument(await call.XmlAsync("PublicAccessBlockConfiguration"));
        await call.ChangeBucketAsync(settings => settings.WithDocument(BucketDocuments.PublicAccess, wanted.ToText()));
        await call.AnswerAsync();
    }

    public static Task GetOwnershipAsync(S3Call call) => call.AnswerAsync(Element("OwnershipControls", Element("Rule", Element(
        "ObjectOwnership", BucketDocumentOperations.Require(call, BucketDocuments.Ownership, "OwnershipControlsNotFoundError")))));

    public static async Task PutOwnershipAsync(S3Call call)
    {
        var rule = (await call.XmlAsync("OwnershipControls")).Children("Rule").FirstOrDefault();
        var wanted = rule?.Text("ObjectOwnership");
        if (wanted is null || !ObjectOwnership.IsOne(wanted))
        {
            throw new S3Exception(S3Error.MalformedXml);
        }

        if (wanted == ObjectOwnership.Enforced && BucketDocuments.AclOf(call.Settings, call.Bucket.Owner.Id) != AccessList.Private(call.Bucket.Owner.Id))
        {
            throw new S3Exception(new S3Error(
                "InvalidBucketAclWithObjectOwnership", HttpStatusCode.BadRequest, "The bucket's access control list grants something to others."));
        }

        await call.ChangeBucketAsync(settings => settings.WithDocument(BucketDocuments.Ownership, wanted));
        await call.AnswerAsync();
    }

    private static BucketPolicy Parsed(string json, string bucket)
    {
        try
        {
            return BucketPolicy.Parse(json, bucket);
        }
        catch (Exception wrong) when (wrong is FormatException or InvalidOperationException)
        {
            throw new S3Exception(S3Error.MalformedPolicy.Saying(wrong.Message));
        }
    }
}
