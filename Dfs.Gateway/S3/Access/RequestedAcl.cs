using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3.Access;

/// <summary>The access control list that a new object gets by its request's headers.</summary>
internal static class RequestedAcl
{
    private const string CannedHeader = "x-amz-acl", OwnersFullControl = "bucket-owner-full-control";

    /// <returns>Null for the bucket's owner alone, which is not kept.</returns>
    /// <exception cref="S3Exception">The list is not right, or not allowed in this bucket.</exception>
    public static AccessList? Of(S3Call call)
    {
        var bucket = call.Bucket;
        var canned = call.Header(CannedHeader);
        var owner = ObjectOwnership.OwnerOf(bucket.Settings, bucket.Owner.Id, call.Who?.Owner.Id, canned);
        var list = call.AccessLists.OfHeaders(call.Header, owner, bucket.Owner.Id);
        if (list is not null && canned != OwnersFullControl)
        {
            RequireAllowed(bucket, list);
        }

        list ??= AccessList.Private(owner);
        return list == AccessList.Private(bucket.Owner.Id) ? null : list;
    }

    /// <exception cref="S3Exception">Lists have no say in the bucket, or none that makes it public.</exception>
    public static void RequireAllowed(S3Bucket bucket, AccessList list)
    {
        if (ObjectOwnership.IsEnforced(bucket.Settings))
        {
            throw new S3Exception(S3Error.AclNotSupported);
        }

        if (list.IsPublic && PublicAccessBlock.Of(bucket.Settings).BlockAcls)
        {
            throw new S3Exception(S3Error.AccessDenied.Saying("Public access to this bucket is blocked."));
        }
    }
}
