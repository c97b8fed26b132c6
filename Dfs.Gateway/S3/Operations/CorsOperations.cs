using System.Globalization;
using System.Net;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Requests;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.S3.Operations;

/// <summary>Rules for web pages of other origins: kept, told to browsers that ask beforehand, and with each answer.</summary>
internal static class CorsOperations
{
    private const string WantedMethod = "Access-Control-Request-Method", WantedHeaders = "Access-Control-Request-Headers";

    public static Task GetAsync(S3Call call) =>
        call.AnswerAsync(CorsRules.Parse(BucketDocumentOperations.Require(call, BucketDocuments.Cors, "NoSuchCORSConfiguration")).ToElement());

    public static async Task PutAsync(S3Call call)
    {
        var text = CorsRules.OfDocument(await call.XmlAsync("CORSConfiguration")).ToText();
        await call.ChangeBucketAsync(settings => settings.WithDocument(BucketDocuments.Cors, text));
        await call.AnswerAsync();
    }

    /// <summary>Answers what a browser asks before it lets a page send a request; nobody signs that.</summary>
    /// <exception cref="S3Exception">It is no such question, or no rule lets the page.</exception>
    public static async Task PreflightAsync(HttpContext http, S3Target target, BucketCache buckets)
    {
        var request = http.Request;
        if (S3Call.HeaderOf(request, "Origin") is not { } origin || S3Call.HeaderOf(request, WantedMethod) is not { } method)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying($"A request with OPTIONS has Origin and {WantedMethod}."));
        }

        var bucket = await buckets.FindAsync(target.Bucket, null, http.RequestAborted);
        var headers = (S3Call.HeaderOf(request, WantedHeaders) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var rule = bucket.Settings.Document(BucketDocuments.Cors) is { } text ? CorsRules.Parse(text).Find(origin, method, headers) : null;
        if (rule is null)
        {
            throw new S3Exception(new S3Error("AccessForbidden", HttpStatusCode.Forbidden, "This CORS request is not allowed."));
        }

        Add(http.Response.Headers, rule, origin);
        if (headers.Length > 0)
        {
            http.Response.Headers.AccessControlAllowHeaders = string.Join(", ", headers);
        }

        if (rule.MaxAgeSeconds is { } age)
        {
            http.Response.Headers.AccessControlMaxAge = age.ToString(CultureInfo.InvariantCulture);
        }

        http.Response.ContentLength = 0;
    }

    /// <summary>Lets the page that a request comes from read its answer, refusals as well, when a rule says so.</summary>
    public static void AddTo(S3Call call)
    {
        var request = call.Http.Request;
        if (S3Call.HeaderOf(request, "Origin") is { } origin && call.Settings.Document(BucketDocuments.Cors) is { } text
            && CorsRules.Parse(text).Find(origin, S3Call.HeaderOf(request, WantedMethod) ?? request.Method, []) is { } rule)
        {
            Add(call.Response.Headers, rule, origin);
        }
    }

    private static void Add(IHeaderDictionary headers, CorsRule rule, string origin)
    {
        var isAnyone = rule.MatchingOrigin(origin) == "*";
        headers.AccessControlAllowOrigin = isAnyone ? "*" : origin;
        headers.AccessControlAllowMethods = string.Join(", ", rule.Methods);
        headers.Vary = $"Origin, {WantedHeaders}, {WantedMethod}";
        if (!isAnyone)
        {
            headers.AccessControlAllowCredentials = "true";
        }

        if (rule.Exposed.Count > 0)
        {
            headers.AccessControlExposeHeaders = string.Join(", ", rule.Exposed);
        }
    }
}
