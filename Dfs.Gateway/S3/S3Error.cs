using System.Net;

namespace Dfs.Gateway.S3;

/// <summary>An error of the S3 interface: the code that clients act on, its HTTP status, and a sentence for people.</summary>
public sealed record S3Error(string Code, HttpStatusCode Status, string Message)
{
    public static readonly S3Error AccessDenied = new("AccessDenied", HttpStatusCode.Forbidden, "Access denied.");
    public static readonly S3Error RequestExpired = AccessDenied with { Message = "The request has expired." };
    public static readonly S3Error InvalidAccessKeyId = new(
        "InvalidAccessKeyId", HttpStatusCode.Forbidden, "This node knows no such access key.");
    public static readonly S3Error SignatureDoesNotMatch = new(
        "SignatureDoesNotMatch", HttpStatusCode.Forbidden, "The signature is not the one that the secret key gives for this request.");
    public static readonly S3Error RequestTimeTooSkewed = new(
        "RequestTimeTooSkewed", HttpStatusCode.Forbidden, "The request's time and this node's are more than 15 minutes apart.");
    public static readonly S3Error AuthorizationHeaderMalformed = new(
        "AuthorizationHeaderMalformed", HttpStatusCode.BadRequest, "The Authorization header is not one of AWS4-HMAC-SHA256.");
    public static readonly S3Error AuthorizationQueryParametersError = new(
        "AuthorizationQueryParametersError", HttpStatusCode.BadRequest, "The X-Amz- parameters of the address are not complete or not well-formed.");
    public static readonly S3Error BadContentSha256 = new(
        "XAmzContentSHA256Mismatch", HttpStatusCode.BadRequest, "The content is not what x-amz-content-sha256 says.");
    public static readonly S3Error MalformedXml = new(
        "MalformedXML", HttpStatusCode.BadRequest, "The XML is not well-formed or not what this request takes.");
    public static readonly S3Error InvalidRequest = new("InvalidRequest", HttpStatusCode.BadRequest, "The request is not valid.");
    public static readonly S3Error InvalidArgument = new("InvalidArgument", HttpStatusCode.BadRequest, "An argument is not valid.");
    public static readonly S3Error InvalidUri = new("InvalidURI", HttpStatusCode.BadRequest, "The address cannot be read.");
    public static readonly S3Error InvalidBucketName = new("InvalidBucketName", HttpStatusCode.BadRequest, "A bucket cannot be called so.");
    public static readonly S3Error KeyTooLong = new("KeyTooLongError", HttpStatusCode.BadRequest, "A key has at most 1,024 bytes.");
    public static readonly S3Error InvalidDigest = new("InvalidDigest", HttpStatusCode.BadRequest, "Content-MD5 is not the base64 of 16 bytes.");
    public static readonly S3Error BadDigest = new("BadDigest", HttpStatusCode.BadRequest, "The content does not have the digest that was given.");
    public static readonly S3Error IncompleteBody = new(
        "IncompleteBody", HttpStatusCode.BadRequest, "The content ended before, or went on after, the size that was given.");
    public static readonly S3Error MalformedTrailer = new(
        "MalformedTrailerError", HttpStatusCode.BadRequest, "A trailer that was announced did not come.");
    public static readonly S3Error RequestTimeout = new(
        "RequestTimeout", HttpStatusCode.BadRequest, "Nothing of the content came for a minute.");
    public static readonly S3Error MissingContentLength = new(
        "MissingContentLength", HttpStatusCode.LengthRequired, "The size of the content is to be given beforehand.");
    public static readonly S3Error EntityTooLarge = new(
        "EntityTooLarge", HttpStatusCode.BadRequest, "The content is larger than one request may bring.");
    public static readonly S3Error EntityTooSmall = new(
        "EntityTooSmall", HttpStatusCode.BadRequest, "A part other than the last has less than 5 MiB.");
    public static readonly S3Error MetadataTooLarge = new(
        "MetadataTooLarge", HttpStatusCode.BadRequest, "The metadata is larger than can be kept.");
    public static readonly S3Error InvalidTag = new("InvalidTag", HttpStatusCode.BadRequest, "A tag is too long, given twice, or there are more than ten.");
    public static readonly S3Error InvalidPart = new(
        "InvalidPart", HttpStatusCode.BadRequest, "A part is not there, or is another one than its ETag says.");
    public static readonly S3Error InvalidPartOrder = new(
        "InvalidPartOrder", HttpStatusCode.BadRequest, "Parts are listed in the order of their numbers, each once.");
    public static readonly S3Error InvalidRange = new(
        "InvalidRange", HttpStatusCode.RequestedRangeNotSatisfiable, "The file has no such bytes.");
    public static readonly S3Error NoSuchBucket = new("NoSuchBucket", HttpStatusCode.NotFound, "There is no such bucket.");
    public static readonly S3Error NoSuchKey = new("NoSuchKey", HttpStatusCode.NotFound, "There is no such key.");
    public static readonly S3Error NoSuchVersion = new("NoSuchVersion", HttpStatusCode.NotFound, "There is no such version.");
    public static readonly S3Error NoSuchLock = new(
        "NoSuchObjectLockConfiguration", HttpStatusCode.NotFound, "The specified object does not have a ObjectLock configuration");
    public static readonly S3Error InvalidStorageClass = new(
        "InvalidStorageClass", HttpStatusCode.BadRequest, "There is one storage class here, STANDARD, and nothing to move objects to.");
    public static readonly S3Error InvalidRetentionPeriod = new(
        "InvalidRetentionPeriod", HttpStatusCode.BadRequest, "The retention period must be a positive integer value.");
    public static readonly S3Error InvalidBucketState = new(
        "InvalidBucketState", HttpStatusCode.Conflict, "The bucket is not in a state for this.");
    public static readonly S3Error NoSuchUpload = new("NoSuchUpload", HttpStatusCode.NotFound, "There is no such multipart upload.");
    public static readonly S3Error BucketAlreadyExists = new("BucketAlreadyExists", HttpStatusCode.Conflict, "There is a bucket of this name already.");
    public static readonly S3Error MalformedPolicy = new("MalformedPolicy", HttpStatusCode.BadRequest, "The policy is not well-formed.");
    public static readonly S3Error AclNotSupported = new(
        "AccessControlListNotSupported", HttpStatusCode.BadRequest, "Access control lists have no say in this bucket (BucketOwnerEnforced).");
    public static readonly S3Error BucketNotEmpty = new("BucketNotEmpty", HttpStatusCode.Conflict, "The bucket is not empty.");
    public static readonly S3Error PreconditionFailed = new(
        "PreconditionFailed", HttpStatusCode.PreconditionFailed, "A condition of the request does not hold.");
    public static readonly S3Error MethodNotAllowed = new(
        "MethodNotAllowed", HttpStatusCode.MethodNotAllowed, "This cannot be done with this resource.");
    public static readonly S3Error NotImplemented = new(
        "NotImplemented", HttpStatusCode.NotImplemented, "This part of the S3 interface is not offered.");
    public static readonly S3Error InternalError = new(
        "InternalError", HttpStatusCode.InternalServerError, "Something went wrong; the node's log says what.");
    public static readonly S3Error SlowDown = new("SlowDown", HttpStatusCode.ServiceUnavailable, "The node is busy; try again.");
    public static readonly S3Error ServiceUnavailable = new(
        "ServiceUnavailable", HttpStatusCode.ServiceUnavailable, "The store cannot answer now; try again.");

    /// <summary>After which it may be tried again; 0 says nothing.</summary>
    public int RetryAfterSeconds { get; init; }

    /// <summary>With another sentence.</summary>
    public S3Error Saying(string message) => this with { Message = message };
}

/// <summary>Ends a request with an error; caught in one place, <see cref="S3Endpoint"/>.</summary>
public sealed class S3Exception(S3Error error) : Exception(error.Message)
{
    public S3Error Error { get; } = error;
}
