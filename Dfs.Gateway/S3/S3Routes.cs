using Dfs.Gateway.S3.Operations;
using Dfs.Gateway.S3.Requests;

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

    /// <exception cref="S3Exception">There is no such operation here.</exception>
    public static Func<S3Call, Task> Of(string method, S3Target target, bool isCopy)
    {
        var sub = target.Query.Select(pair => pair.Key).Where(SubResources.Contains).Order(StringComparer.Ordinal).FirstOrDefault() ?? "";
        return (target.Bucket.Length == 0 ? OfService(method, sub)
            : target.Key.Length == 0 ? OfBucket(method, sub)
            : OfObject(method, target.Has("uploadId") ? "uploadId" : sub, isCopy)) ?? throw new S3Exception(
                sub.Length > 0 ? S3Error.NotImplemented.Saying($"?{sub} is not offered with {method}.") : S3Error.MethodNotAllowed);
    }

    private static Func<S3Call, Task>? OfService(string method, string sub) => (method, sub) is ("GET", "") ? BucketOperations.ListAsync : null;

    private static Func<S3Call, Task>? OfBucket(string method, string sub) => (method, sub) switch
    {
        ("GET", "") => ListOperations.ListAsync,
        ("GET", "location") => BucketOperations.LocationAsync,
        ("GET", "versioning") => VersioningOperations.GetAsync,
        ("GET", "uploads") => UploadOperations.ListAsync,
        ("GET", "versions") => ListVersionsOperation.ListAsync,
        ("GET", "acl") => BucketOperations.AclAsync,
        ("GET", _) => call => BucketOperations.NothingSetAsync(call, sub),
        ("HEAD", "") => BucketOperations.HeadAsync,
        ("PUT", "") => BucketOperations.CreateAsync,
        ("PUT", "versioning") => VersioningOperations.PutAsync,
        ("PUT", "acl") => BucketOperations.SetAclAsync,
        ("DELETE", "") => BucketOperations.DeleteAsync,
        ("POST", "delete") => ObjectWrites.DeleteManyAsync,
        _ => null,
    };

    private static Func<S3Call, Task>? OfObject(string method, string sub, bool isCopy) => (method, sub) switch
    {
        ("GET" or "HEAD", "" or "partNumber") => ObjectReads.GetAsync,
        ("GET", "attributes") => ObjectReads.AttributesAsync,
        ("GET", "acl") => BucketOperations.AclAsync,
        ("GET", "tagging") => TaggingOperations.GetAsync,
        ("GET", "uploadId") => UploadOperations.ListPartsAsync,
        ("PUT", "") when isCopy => ObjectCopies.CopyAsync,
        ("PUT", "") => ObjectWrites.PutAsync,
        ("PUT", "acl") => BucketOperations.SetAclAsync,
        ("PUT", "tagging") => TaggingOperations.PutAsync,
        ("PUT", "uploadId") when isCopy => PartOperations.CopyAsync,
        ("PUT", "uploadId") => PartOperations.PutAsync,
        ("POST", "uploads") => UploadOperations.CreateAsync,
        ("POST", "uploadId") => CompleteOperation.CompleteAsync,
        ("DELETE", "") => ObjectWrites.DeleteAsync,
        ("DELETE", "tagging") => TaggingOperations.DeleteAsync,
        ("DELETE", "uploadId") => UploadOperations.AbortAsync,
        _ => null,
    };
}
