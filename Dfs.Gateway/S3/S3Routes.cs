using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Operations;

namespace Dfs.Gateway.S3;

/// <summary>Which operation a request means: by its method, by whether it names a bucket and a key, and by its query.</summary>
internal static class S3Routes
{
    /// <summary>Parts of the interface that are chosen by the query; one that is not routed is refused, never taken for another.</summary>
    private static readonly HashSet<string> SubResources = new(StringComparer.Ordinal)
    {
        "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle",
        "location", "logging", "metadataTable", "metrics", "notification", "object-lock", "ownershipControls", "partNumber", "policy", "policyStatus",
        "publicAccessBlock", "rename", "replication", "requestPayment", "restore", "retention", "select", "session", "tagging", "torrent", "uploadId", "uploads",
        "versioning", "versions", "website",
    };

    /// <summary>Whether a name in the query chooses what is done.</summary>
    public static bool IsSubResource(string name) => SubResources.Contains(name);

    /// <exception cref="S3Exception">There is no such operation here.</exception>
    public static S3Operation Of(string method, S3Target target, bool isCopy)
    {
        var sub = target.Query.Select(pair => pair.Key).Where(SubResources.Contains).Order(StringComparer.Ordinal).FirstOrDefault() ?? "";
        return (target.Bucket.Length == 0 ? OfService(method, sub)
            : target.Key.Length == 0 ? OfBucket(method, sub)
            : OfObject(method, target.Has("uploadId") ? "uploadId" : sub, isCopy, target.Has("versionId"))) ?? throw new S3Exception(
                sub.Length > 0 ? S3Error.NotImplemented.Saying($"?{sub} is not offered with {method}.") : S3Error.MethodNotAllowed);
    }

    private static S3Operation? OfService(string method, string sub) =>
        (method, sub) is ("GET", "") ? new S3Operation(null, AclRight.OwnerOnly, BucketOperations.ListAsync) { NeedsBucket = false } : null;

    private static S3Operation? OfBucket(string method, string sub) => (method, sub) switch
    {
        ("GET", "") => new("s3:ListBucket", AclRight.BucketRead, ListOperations.ListAsync),
        ("GET", "location") => new("s3:GetBucketLocation", AclRight.OwnerOnly, BucketOperations.LocationAsync),
        ("GET", "versioning") => new("s3:GetBucketVersioning", AclRight.OwnerOnly, VersioningOperations.GetAsync),
        ("GET", "uploads") => new("s3:ListBucketMultipartUploads", AclRight.BucketRead, UploadOperations.ListAsync),
        ("GET", "versions") => new("s3:ListBucketVersions", AclRight.BucketRead, ListVersionsOperation.ListAsync),
        ("GET", "acl") => new("s3:GetBucketAcl", AclRight.BucketReadAcl, AclOperations.GetOfBucketAsync),
        ("GET", "policy") => new("s3:GetBucketPolicy", AclRight.OwnerOnly, PolicyOperations.GetAsync),
        ("GET", "policyStatus") => new("s3:GetBucketPolicyStatus", AclRight.OwnerOnly, PolicyOperations.StatusAsync),
        ("GET", "publicAccessBlock") => new("s3:GetBucketPublicAccessBlock", AclRight.OwnerOnly, PolicyOperations.GetPublicAccessAsync),
        ("GET", "ownershipControls") => new("s3:GetBucketOwnershipControls", AclRight.OwnerOnly, PolicyOperations.GetOwnershipAsync),
        ("GET", "tagging") => new("s3:GetBucketTagging", AclRight.OwnerOnly, BucketDocumentOperations.GetTagsAsync),
        ("GET", "encryption") => new("s3:GetEncryptionConfiguration", AclRight.OwnerOnly, BucketDocumentOperations.GetEncryptionAsync),
        ("PUT", "encryption") => new("s3:PutEncryptionConfiguration", AclRight.OwnerOnly, BucketDocumentOperations.PutEncryptionAsync),
        ("DELETE", "encryption") => Removal("s3:PutEncryptionConfiguration", BucketDocuments.Encryption),
        ("GET", "object-lock") => new("s3:GetBucketObjectLockConfiguration", AclRight.OwnerOnly, LockOperations.GetRuleAsync),
        ("PUT", "object-lock") => new("s3:PutBucketObjectLockConfiguration", AclRight.OwnerOnly, LockOperations.PutRuleAsync),
        ("GET", "lifecycle") => new("s3:GetLifecycleConfiguration", AclRight.OwnerOnly, LifecycleOperations.GetAsync),
        ("PUT", "lifecycle") => new("s3:PutLifecycleConfiguration", AclRight.OwnerOnly, LifecycleOperations.PutAsync),
        ("DELETE", "lifecycle") => Removal("s3:PutLifecycleConfiguration", LifecycleRules.DocumentName),
        ("GET", "cors") => new("s3:GetBucketCORS", AclRight.OwnerOnly, CorsOperations.GetAsync),
        ("PUT", "cors") => new("s3:PutBucketCORS", AclRight.OwnerOnly, CorsOperations.PutAsync),
        ("DELETE", "cors") => Removal("s3:PutBucketCORS", BucketDocuments.Cors),
        ("GET", _) => new("s3:GetBucket", AclRight.OwnerOnly, _ => BucketDocumentOperations.NothingSetAsync(sub)),
        ("HEAD", "") => new("s3:ListBucket", AclRight.BucketRead, BucketOperations.HeadAsync),
        ("PUT", "") => new(null, AclRight.OwnerOnly, BucketOperations.CreateAsync) { NeedsBucket = false },
        ("PUT", "versioning") => new("s3:PutBucketVersioning", AclRight.OwnerOnly, VersioningOperations.PutAsync),
        ("PUT", "acl") => new("s3:PutBucketAcl", AclRight.BucketWriteAcl, AclOperations.PutOfBucketAsync),
        ("PUT", "policy") => new("s3:PutBucketPolicy", AclRight.OwnerOnly, PolicyOperations.PutAsync),
        ("PUT", "publicAccessBlock") => new("s3:PutBucketPublicAccessBlock", AclRight.OwnerOnly, PolicyOperations.PutPublicAccessAsync),
        ("PUT", "ownershipControls") => new("s3:PutBucketOwnershipControls", AclRight.OwnerOnly, PolicyOperations.PutOwnershipAsync),
        ("PUT", "tagging") => new("s3:PutBucketTagging", AclRight.OwnerOnly, BucketDocumentOperations.PutTagsAsync),
        ("DELETE", "") => new("s3:DeleteBucket", AclRight.OwnerOnly, BucketOperations.DeleteAsync),
        ("DELETE", "policy") => Removal("s3:DeleteBucketPolicy", BucketDocuments.Policy),
        ("DELETE", "publicAccessBlock") => Removal("s3:PutBucketPublicAccessBlock", BucketDocuments.PublicAccess),
        ("DELETE", "ownershipControls") => Removal("s3:PutBucketOwnershipControls", BucketDocuments.Ownership),
        ("DELETE", "tagging") => Removal("s3:PutBucketTagging", BucketDocuments.Tags),
        // Each of the objects is asked for.
        ("POST", "delete") => new(null, AclRight.OwnerOnly, ObjectWrites.DeleteManyAsync),
        _ => null,
    };

    private static S3Operation? OfObject(string method, string sub, bool isCopy, bool isVersion) => (method, sub) switch
    {
        ("GET" or "HEAD", "" or "partNumber") => new(Versioned("s3:GetObject", isVersion), AclRight.ObjectRead, ObjectReads.GetAsync),
        ("GET", "attributes") => new(Versioned("s3:GetObject", isVersion), AclRight.ObjectRead, ObjectReads.AttributesAsync),
        ("GET", "acl") => new(isVersion ? "s3:GetObjectVersionAcl" : "s3:GetObjectAcl", AclRight.ObjectReadAcl, AclOperations.GetOfObjectAsync),
        ("GET", "tagging") => new(isVersion ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging", AclRight.OwnerOnly, TaggingOperations.GetAsync),
        ("GET", "retention") => new("s3:GetObjectRetention", AclRight.OwnerOnly, LockOperations.GetTermAsync),
        ("PUT", "retention") => new("s3:PutObjectRetention", AclRight.OwnerOnly, LockOperations.PutTermAsync),
        ("GET", "legal-hold") => new("s3:GetObjectLegalHold", AclRight.OwnerOnly, LockOperations.GetHoldAsync),
        ("PUT", "legal-hold") => new("s3:PutObjectLegalHold", AclRight.OwnerOnly, LockOperations.PutHoldAsync),
        ("GET", "uploadId") => new("s3:ListMultipartUploadParts", AclRight.BucketWrite, UploadOperations.ListPartsAsync),
        ("PUT", "") when isCopy => new("s3:PutObject", AclRight.BucketWrite, ObjectCopies.CopyAsync),
        ("PUT", "") => new("s3:PutObject", AclRight.BucketWrite, ObjectWrites.PutAsync),
        ("PUT", "acl") => new(isVersion ? "s3:PutObjectVersionAcl" : "s3:PutObjectAcl", AclRight.ObjectWriteAcl, AclOperations.PutOfObjectAsync),
        ("PUT", "tagging") => new(isVersion ? "s3:PutObjectVersionTagging" : "s3:PutObjectTagging", AclRight.OwnerOnly, TaggingOperations.PutAsync),
        ("PUT", "uploadId") when isCopy => new("s3:PutObject", AclRight.BucketWrite, PartOperations.CopyAsync),
        ("PUT", "uploadId") => new("s3:PutObject", AclRight.BucketWrite, PartOperations.PutAsync),
        ("POST", "uploads") => new("s3:PutObject", AclRight.BucketWrite, UploadOperations.CreateAsync),
        ("POST", "uploadId") => new("s3:PutObject", AclRight.BucketWrite, CompleteOperation.CompleteAsync),
        ("DELETE", "") => new(Versioned("s3:DeleteObject", isVersion), AclRight.BucketWrite, ObjectWrites.DeleteAsync),
        ("DELETE", "tagging") => new(
            isVersion ? "s3:DeleteObjectVersionTagging" : "s3:DeleteObjectTagging", AclRight.OwnerOnly, TaggingOperations.DeleteAsync),
        ("DELETE", "uploadId") => new("s3:AbortMultipartUpload", AclRight.BucketWrite, UploadOperations.AbortAsync),
        _ => null,
    };

    private static string Versioned(string action, bool isVersion) => isVersion ? action + "Version" : action;

    private static S3Operation Removal(string action, string document) =>
        new(action, AclRight.OwnerOnly, call => BucketDocumentOperations.RemoveAsync(call, document));
}
