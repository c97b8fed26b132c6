using Dfs.Core.Trust.Grants;

namespace Dfs.Gateway.S3.Access;

/// <summary>What an access key must be granted for an action, by the action's name in policies.</summary>
internal static class ActionVerbs
{
    private const string ReadObject = "s3:GetObject", Put = "s3:PutObject";

    /// <param name="header">Of the request, which may open the object to others.</param>
    public static Verbs Of(string action, Func<string, string?> header) => action switch
    {
        "s3:ListBucket" or "s3:ListBucketVersions" or "s3:ListBucketMultipartUploads" or "s3:GetBucketLocation" or "s3:GetBucketVersioning" => Verbs.List,
        Put => OpensToOthers(header) ? Verbs.Write | Verbs.Share : Verbs.Write,
        "s3:ListMultipartUploadParts" or "s3:AbortMultipartUpload" or "s3:PutObjectRetention" or "s3:PutObjectTagging" or "s3:PutObjectVersionTagging"
            or "s3:DeleteObjectTagging" or "s3:DeleteObjectVersionTagging" => Verbs.Write,
        "s3:DeleteObject" or "s3:DeleteObjectVersion" => Verbs.Remove,
        "s3:PutObjectAcl" or "s3:PutObjectVersionAcl" => Verbs.Share,
        _ when action.StartsWith(ReadObject, StringComparison.Ordinal) => Verbs.Read,
        // To lift a legal hold and to pass over governance, too: who may write may lock, not unlock.
        // What there is to set up, and whatever nobody thought of here.
        _ => Verbs.Manage,
    };

    private static bool OpensToOthers(Func<string, string?> header) =>
        header(AccessListRequest.CannedHeader) is not (null or "" or "private" or "bucket-owner-read" or "bucket-owner-full-control")
        || AccessListRequest.GrantHeaders.Any(name => header(name) is not null);
}
