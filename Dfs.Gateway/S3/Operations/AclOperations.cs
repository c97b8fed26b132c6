using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3.Operations;

/// <summary>Access control lists of buckets and of objects.</summary>
internal static class AclOperations
{
    private const string Root = "AccessControlPolicy";

    public static Task GetOfBucketAsync(S3Call call) =>
        call.AnswerAsync(call.AccessLists.ElementOf(BucketDocuments.AclOf(call.Settings, call.Bucket.Owner.Id)));

    public static async Task PutOfBucketAsync(S3Call call)
    {
        var wanted = await WantedAsync(call, BucketDocuments.AclOf(call.Settings, call.Bucket.Owner.Id));
        var text = wanted == AccessList.Private(call.Bucket.Owner.Id) ? null : wanted.ToText();
        await call.ChangeBucketAsync(settings => settings.WithDocument(BucketDocuments.Acl, text));
        await call.AnswerAsync();
    }

    public static async Task GetOfObjectAsync(S3Call call)
    {
        await using var file = await ObjectReads.OpenAsync(call);
        ObjectReads.WriteVersion(call, call.Settings, file);
        await call.AnswerAsync(call.AccessLists.ElementOf(Authorizer.AclOf(call.Bucket, file.Facts)));
    }

    public static async Task PutOfObjectAsync(S3Call call)
    {
        await using var file = await ObjectReads.OpenAsync(call);
        var wanted = await WantedAsync(call, Authorizer.AclOf(call.Bucket, file.Facts));
        var isPlain = wanted == AccessList.Private(call.Bucket.Owner.Id);
        if (!isPlain && (file.Facts with { Metadata = file.Facts.Metadata.SetItem(ObjectFacts.AclName, wanted.ToText()) }).Refusal() is not null)
        {
            throw new S3Exception(S3Error.MetadataTooLarge);
        }

        var version = ObjectReads.VersionOf(call.Settings, call.Target.Get("versionId"));
        var done = await call.Client.Compositions.ChangeFactsAsync(
            call.Key, version,
            facts => facts with
            {
                Metadata = isPlain ? facts.Metadata.Remove(ObjectFacts.AclName) : facts.Metadata.SetItem(ObjectFacts.AclName, wanted.ToText()),
            },
            call.Aborted);
        S3Outcomes.Require(done.Outcome, done.Detail, version is null ? S3Error.NoSuchKey : S3Error.NoSuchVersion);
        await call.AnswerAsync();
    }

    private static async Task<AccessList> WantedAsync(S3Call call, AccessList current)
    {
        var hasContent = call.Header("content-length") is not (null or "0") || call.Header("x-amz-decoded-content-length") is not (null or "0");
        var wanted = call.AccessLists.OfHeaders(call.Header, current.OwnerId, call.Bucket.Owner.Id)
            ?? (hasContent ? call.AccessLists.OfDocument(await call.XmlAsync(Root), current)
                : throw new S3Exception(S3Error.InvalidRequest.Saying("An access control list is in the headers or in the content.")));
        RequestedAcl.RequireAllowed(call.Bucket, wanted);
        return wanted;
    }
}
