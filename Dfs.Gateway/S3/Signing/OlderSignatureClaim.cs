using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Dfs.Gateway.S3.Signing;

/// <summary>The claim that a request makes with Signature Version 2, in which boto3 and the first AWS command line still presign addresses.</summary>
/// <remarks>
/// Pure; "Signing and Authenticating REST Requests" in the Amazon S3 Developer Guide, with its examples as tests: HMAC-SHA-1 with the whole
/// secret, which as a MAC under a random key is not known to be weak. It covers less than version 4: not the content beyond Content-MD5, not
/// Range and conditions, and of the query only <see cref="SignedParameters"/>. So what chooses an operation and is not among them is refused,
/// and of a presigned address everything that is not.
/// </remarks>
public sealed record OlderSignatureClaim : RequestClaim
{
    private const string Scheme = "AWS ";

    /// <summary>What of the query the signature is about, as botocore has it.</summary>
    private static readonly HashSet<string> SignedParameters = new(StringComparer.Ordinal)
    {
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location", "logging", "metrics", "notification",
        "object-lock", "partNumber", "policy", "replication", "requestPayment", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "response-content-language", "response-content-type", "response-expires", "restore", "select", "select-type",
        "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    };

    /// <summary>Of a presigned address; what begins with "x-amz-" and "content-" says there which headers to send, and does nothing.</summary>
    private static readonly HashSet<string> OwnParameters = new(StringComparer.Ordinal) { "AWSAccessKeyId", "Expires", "Signature", "x-id" };

    private OlderSignatureClaim()
    {
    }

    /// <summary>Of the request, or until when the address is good, as it was sent; empty when x-amz-date says it, which is signed as a header.</summary>
    public required string Time { get; init; }

    public override string Version => "AWS";

    /// <summary>Whether the request is signed in this version.</summary>
    public static bool IsMadeBy(SignableRequest request) => request.Header("authorization") is { Length: > 0 } given
        ? given.StartsWith(Scheme, StringComparison.Ordinal)
        : IsInAddress(request) && !request.Target.Has("X-Amz-Algorithm");

    internal static bool IsInAddress(SignableRequest request) => request.Target.Has("AWSAccessKeyId") || request.Target.Has("Signature");

    /// <summary>Reads the claim out of the header or the query.</summary>
    /// <exception cref="S3Exception">It is malformed, too old or too new, or leaves out what must be signed.</exception>
    public static new OlderSignatureClaim Parse(SignableRequest request, DateTimeOffset now)
    {
        var claim = request.Header("authorization") is { Length: > 0 } given ? OfHeader(request, given, now) : OfQuery(request, now);
        var unsigned = request.Target.Query.Select(pair => pair.Key).FirstOrDefault(name => !SignedParameters.Contains(name)
            && (claim.IsPresigned ? !IsOwn(name) : S3Routes.IsSubResource(name)));
        return unsigned is null ? claim : throw new S3Exception(S3Error.AccessDenied.Saying(
            $"Signature Version 2 does not cover '{unsigned}'. Sign with version 4 (AWS4-HMAC-SHA256)."));
    }

    public override bool IsTrue(SignableRequest request, SecretAccessKey secret) => ResourcesOf(request.Target).Exists(resource =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Sign(StringToSign(request, resource), secret)), Encoding.UTF8.GetBytes(Signature)));

    public override ChunkSignatures ChunksOf(SecretAccessKey secret) => throw new S3Exception(S3Error.InvalidRequest.Saying(
        "Chunks are signed in a request that is signed by version 4."));

    /// <returns>Base64 of HMAC-SHA-1.</returns>
    [SuppressMessage("Security", "CA5350", Justification = "What the interface says; see the remarks.")]
    public static string Sign(string stringToSign, SecretAccessKey secret) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret.Reveal()), Encoding.UTF8.GetBytes(stringToSign)));

    /// <summary>Without the signature.</summary>
    public override string ToString() => $"OlderSignatureClaim of {AccessKey}";

    // A bucket alone is signed with "/" behind it, as Amazon wants it, whatever stands in the address; some sign what stands there.
    private static List<string> ResourcesOf(S3Target target) => target is { Bucket.Length: > 0, Key.Length: 0 } && !target.Resource.EndsWith('/')
        ? [target.Resource + "/", target.Resource]
        : [target.Resource];

    private string StringToSign(SignableRequest request, string resource)
    {
        var headers = request.HeaderNames.Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(name => $"{name}:{request.Header(name)?.Trim()}\n");
        var query = request.Target.Query.Where(pair => SignedParameters.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => pair.Value.Length == 0 ? pair.Key : $"{pair.Key}={pair.Value}").ToList();
        return string.Join('\n',
            request.Method, request.Header("content-md5")?.Trim(), request.Header("content-type")?.Trim(), Time,
            string.Concat(headers) + resource + (query.Count == 0 ? "" : $"?{string.Join('&', query)}"));
    }

    private static OlderSignatureClaim OfHeader(SignableRequest request, string authorization, DateTimeOffset now)
    {
        var halves = authorization[Scheme.Length..].Trim().Split(':');
        if (halves.Length != 2 || halves[0].Length == 0 || halves[1].Length == 0)
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("The Authorization header of Signature Version 2 is AWS KEY:SIGNATURE."));
        }

        var own = request.Header("x-amz-date");
        var date = own ?? request.Header("date");
        if (At(date) is not { } at)
        {
            throw new S3Exception(S3Error.AccessDenied.Saying("A signed request has the header x-amz-date or Date, well-formed."));
        }

        return (at - now).Duration() > SkewMax ? throw new S3Exception(S3Error.RequestTimeTooSkewed) : new OlderSignatureClaim
        {
            AccessKey = halves[0],
            Signature = halves[1],
            Time = own is null ? date!.Trim() : "",
            PayloadHash = request.Header("x-amz-content-sha256") ?? UnsignedPayload,
        };
    }

    private static OlderSignatureClaim OfQuery(SignableRequest request, DateTimeOffset now)
    {
        if (request.Target.Get("AWSAccessKeyId") is not { Length: > 0 } accessKey || request.Target.Get("Signature") is not { Length: > 0 } signature
            || request.Target.Get("Expires") is not { } text || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
        {
            throw new S3Exception(S3Error.AccessDenied.Saying("An address presigned by version 2 has AWSAccessKeyId, Expires and Signature."));
        }

        var leftSeconds = expires - now.ToUnixTimeSeconds();
        if (leftSeconds < 0)
        {
            throw new S3Exception(S3Error.RequestExpired);
        }

        return leftSeconds > (ExpiryMax + SkewMax).TotalSeconds
            ? throw new S3Exception(S3Error.AccessDenied.Saying("A presigned address is good for seven days at most."))
            : new OlderSignatureClaim
            {
                AccessKey = accessKey,
                Signature = signature,
                Time = text,
                IsPresigned = true,
                PayloadHash = request.Header("x-amz-content-sha256") ?? UnsignedPayload,
            };
    }

    private static bool IsOwn(string name) => OwnParameters.Contains(name)
        || name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("content-", StringComparison.OrdinalIgnoreCase);

    // The day of the week says nothing more, and some clients have a wrong one.
    private static DateTimeOffset? At(string? date)
    {
        var text = date?.IndexOf(',', StringComparison.Ordinal) is >= 0 and var comma ? date[(comma + 1)..] : date;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            || DateTimeOffset.TryParseExact(text, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at)
            ? at.Year >= DateTimeOffset.UnixEpoch.Year ? at : null
            : null;
    }
}
