using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Dfs.Gateway.S3.Signing;

/// <summary>A request as it is signed.</summary>
/// <param name="HeaderNames">Of all headers, in lower case.</param>
/// <param name="Header">Gives the values of a header by its lower-case name, joined by commas; null when it is not there.</param>
public sealed record SignableRequest(
    string Method, S3Target Target, IReadOnlyCollection<string> HeaderNames, Func<string, string?> Header);

/// <summary>The claim that a request makes with AWS Signature Version 4: whose it is, since when, and the signature.</summary>
/// <remarks>
/// Pure; "Authenticating Requests (AWS Signature Version 4)" in the Amazon S3 API Reference, with its examples as tests. A
/// claim that parses is well-formed and in time; whether it is true <see cref="IsTrue"/> says.
/// </remarks>
public sealed record SignatureClaim : RequestClaim
{
    private const string Algorithm = "AWS4-HMAC-SHA256", TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    private SignatureClaim()
    {
    }

    public required CredentialScope Scope { get; init; }

    /// <summary>As it was sent.</summary>
    public required string Time { get; init; }

    /// <summary>Lower-case and sorted.</summary>
    public required IReadOnlyList<string> SignedHeaders { get; init; }

    public override string Version => Algorithm;

    /// <summary>Reads the claim out of the headers or the query.</summary>
    /// <exception cref="S3Exception">There is none, it is malformed, too old or too new, or leaves out what must be signed.</exception>
    public static new SignatureClaim Parse(SignableRequest request, DateTimeOffset now)
    {
        var authorization = request.Header("authorization") is { Length: > 0 } given ? given : null;
        var claim = authorization is not null ? OfHeader(request, authorization, now)
            : request.Target.Has("X-Amz-Algorithm") || request.Target.Has("X-Amz-Signature") ? OfQuery(request, now)
            : throw new S3Exception(S3Error.AccessDenied.Saying("The request is not signed."));
        // All that could change what the request does; the hash is in the signature by itself.
        var unsigned = request.HeaderNames.Append("host").FirstOrDefault(name =>
            (name == "host" || name.StartsWith("x-amz-", StringComparison.Ordinal)) && name != "x-amz-content-sha256"
            && !claim.SignedHeaders.Contains(name));
        return unsigned is null ? claim : throw new S3Exception(S3Error.AccessDenied.Saying($"The header '{unsigned}' must be signed."));
    }

    public override bool IsTrue(SignableRequest request, SecretAccessKey secret)
    {
        using var key = new SigningKey(secret, Scope);
        return key.Verifies(StringToSign(request), Signature);
    }

    public override ChunkSignatures ChunksOf(SecretAccessKey secret) => new(new SigningKey(secret, Scope), Scope, Time, Signature);

    public string StringToSign(SignableRequest request)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalRequest(request))));
        return $"{Algorithm}\n{Time}\n{Scope}\n{hash}";
    }

    public string CanonicalRequest(SignableRequest request)
    {
        var query = request.Target.Query.Where(pair => !IsPresigned || pair.Key != "X-Amz-Signature")
            .Select(pair => (Name: UriCode.Encode(pair.Key, keepsSlash: false), Value: UriCode.Encode(pair.Value, keepsSlash: false)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => $"{pair.Name}={pair.Value}");
        var headers = SignedHeaders.Select(name => $"{name}:{Trimmed(request.Header(name) ?? "")}\n");
        return string.Join('\n',
            request.Method, UriCode.Encode(request.Target.Path, keepsSlash: true), string.Join('&', query),
            string.Concat(headers), string.Join(';', SignedHeaders), PayloadHash);
    }

    /// <summary>Without the signature.</summary>
    public override string ToString() => $"SignatureClaim of {AccessKey}";

    private static SignatureClaim OfHeader(SignableRequest request, string authorization, DateTimeOffset now)
    {
        var malformed = new S3Exception(S3Error.AuthorizationHeaderMalformed);
        if (!authorization.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("The Authorization header is not one of AWS4-HMAC-SHA256."));
        }

        var fields = authorization[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split('=', 2)).Where(field => field.Length == 2)
            .GroupBy(field => field[0]).ToDictionary(same => same.Key, same => same.First()[1]);
        if (!fields.TryGetValue("Credential", out var credential) || !fields.TryGetValue("SignedHeaders", out var signed)
            || !fields.TryGetValue("Signature", out var signature) || !CredentialScope.TryParse(credential, out var accessKey, out var scope))
        {
            throw malformed;
        }

        var time = request.Header("x-amz-date") ?? FromDate(request.Header("date"))
            ?? throw new S3Exception(S3Error.AccessDenied.Saying("A signed request has the header x-amz-date or Date."));
        var at = Parsed(time) ?? throw new S3Exception(S3Error.AccessDenied.Saying("The request's time is not well-formed."));
        if ((at - now).Duration() > SkewMax)
        {
            throw new S3Exception(S3Error.RequestTimeTooSkewed);
        }

        return new SignatureClaim
        {
            AccessKey = accessKey,
            Scope = scope.Date == time[..8] ? scope : throw malformed,
            Time = time,
            SignedHeaders = Headers(signed),
            Signature = signature,
            PayloadHash = request.Header("x-amz-content-sha256")
                ?? throw new S3Exception(S3Error.InvalidRequest.Saying("A signed request has the header x-amz-content-sha256.")),
        };
    }

    private static SignatureClaim OfQuery(SignableRequest request, DateTimeOffset now)
    {
        var malformed = new S3Exception(S3Error.AuthorizationQueryParametersError);
        string Needed(string name) => request.Target.Get(name) ?? throw malformed;
        var time = Needed("X-Amz-Date");
        if (Needed("X-Amz-Algorithm") != Algorithm || Parsed(time) is not { } at
            || !CredentialScope.TryParse(Needed("X-Amz-Credential"), out var accessKey, out var scope) || scope.Date != time[..8]
            || !int.TryParse(Needed("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds < 1 || seconds > ExpiryMax.TotalSeconds)
        {
            throw malformed;
        }

        if (at - now > SkewMax)
        {
            throw new S3Exception(S3Error.RequestTimeTooSkewed.Saying("The request is not valid yet."));
        }

        return now > at.AddSeconds(seconds) ? throw new S3Exception(S3Error.RequestExpired) : new SignatureClaim
        {
            AccessKey = accessKey,
            Scope = scope,
            Time = time,
            SignedHeaders = Headers(Needed("X-Amz-SignedHeaders")),
            Signature = Needed("X-Amz-Signature"),
            IsPresigned = true,
            PayloadHash = request.Header("x-amz-content-sha256") ?? request.Target.Get("X-Amz-Content-Sha256") ?? UnsignedPayload,
        };
    }

    private static List<string> Headers(string list) =>
        [.. list.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal)];

    private static DateTimeOffset? Parsed(string time) =>
        DateTimeOffset.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static string? FromDate(string? date) =>
        DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Without spaces around it, and with one in place of several.</summary>
    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
