using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Dfs.Actors.Tracing;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.S3.Forms;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Operations;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Signing;
using Dfs.Gateway.Trust;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Dfs.Gateway.S3;

/// <summary>Answers requests of the S3 interface: whose it is, what it means, and every refusal as S3 says it.</summary>
/// <remarks>Nothing of a request's content is read before its signature was checked.</remarks>
/// <param name="limits">Of the node, which its other ports share.</param>
/// <param name="domain">Hosts below it are buckets; empty for path style only.</param>
public sealed partial class S3Endpoint(AccessKeys keys, string domain, ClientLimits limits, TimeProvider time, ILogger log)
{
    /// <summary>The region that buckets are said to lie in; signatures for any other are taken as well.</summary>
    public const string Region = "us-east-1";

    private static readonly S3Error TooSlow = S3Error.SlowDown.Saying("The store stood still for too long; nothing says yet whether the change was made. Try again.");

    private readonly BucketCache _buckets = new(keys.Owners, time);

    public async Task HandleAsync(HttpContext http)
    {
        var requestId = RandomNumberGenerator.GetHexString(16);
        http.Response.Headers["x-amz-request-id"] = requestId;
        var client = http.RequestAborted;
        using var watch = new AnswerWatch(time, client, limits.Answers);
        watch.Attach(http);
        try
        {
            await watch.RunAsync(RunAsync(http));
        }
        catch (Exception) when (watch.IsExpired)
        {
            if (!http.Response.HasStarted)
            {
                // What was left behind may still look at the request.
                http.Response.Headers.Connection = "close";
            }

            await RefuseAsync(http, TooSlow, requestId);
        }
        catch (S3Exception refused)
        {
            await RefuseAsync(http, refused.Error, requestId);
        }
        catch (BadHttpRequestException broken)
        {
            await RefuseAsync(http, S3Error.IncompleteBody.Saying(broken.Message), requestId);
        }
        catch (Exception gone) when (client.IsCancellationRequested && gone is OperationCanceledException or IOException)
        {
            // Nobody waits for the answer.
        }
        catch (Exception error)
        {
            // Never the address: a presigned one is as good as a key.
            LogFailed(log, error, requestId);
            await RefuseAsync(http, S3Error.InternalError, requestId);
        }
    }

    private async Task RunAsync(HttpContext http)
    {
        RequireTurn(limits.TakeAddress(http));
        var request = http.Request;
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!S3Target.TryParse(raw, request.Host.Host, domain, out var target))
        {
            throw new S3Exception(S3Error.InvalidUri);
        }

        if (HttpMethods.IsOptions(request.Method))
        {
            await CorsOperations.PreflightAsync(http, target, _buckets);
            return;
        }

        if (target is { Bucket.Length: > 0, Key.Length: 0, Query.Count: 0 } && FormFields.Has(request))
        {
            await FormUploads.RunAsync(http, target, keys, time, (asker, meant, fields) =>
            {
                RequireTurnOf(asker);
                AuditNote.Of(http)?.Set("s3:PutObject", asker?.Principal, asker?.Owner.Id ?? "", meant.Bucket, meant.Key);
                return new S3Call(http, meant, null, asker, _buckets, time) { Fields = fields };
            });
            return;
        }

        var signable = new SignableRequest(
            request.Method, target, [.. request.Headers.Keys.Select(name => name.ToLowerInvariant())], name => S3Call.HeaderOf(request, name));
        var claim = RequestClaim.IsMade(signable) ? RequestClaim.Parse(signable, time.GetUtcNow()) : null;
        var who = claim is null ? null : await WhoAsync(claim, signable, http.RequestAborted);
        RequireTurnOf(who);
        var operation = S3Routes.Of(request.Method, target, request.Headers.ContainsKey(ObjectCopies.SourceHeader));
        Spans.CurrentSpan?.DisplayName = operation.Action ?? $"s3 {Spans.MethodOf(request)}";
        var call = new S3Call(http, target, claim, who, _buckets, time);
        AuditNote.Of(http)?.Set(operation.Action ?? request.Method, who?.Principal, who?.Owner.Id ?? "", target.Bucket, target.Key);
        if (operation.NeedsBucket)
        {
            call.Bucket = await call.FindBucketAsync(target.Bucket, "x-amz-expected-bucket-owner");
            CorsOperations.AddTo(call);
            AuditNote.Of(http)?.OwnerId = call.Bucket.Owner.Id;
        }

        if (operation.Action is { } action)
        {
            call.Check = await call.Access.RequireAsync(call.Bucket, action, operation.Right, target.Key, target.Get("versionId"));
        }

        await operation.RunAsync(call);
    }

    private async Task<S3Credential> WhoAsync(RequestClaim claim, SignableRequest request, CancellationToken cancellationToken)
    {
        var who = await keys.FindAsync(claim.AccessKey, cancellationToken);
        return claim.IsTrue(request, who.Secret) ? who : throw new S3Exception(S3Error.SignatureDoesNotMatch);
    }

    private void RequireTurnOf(S3Credential? who)
    {
        if (who is not null)
        {
            RequireTurn(limits.TakeKey(who.Principal));
        }
    }

    private static void RequireTurn(int waitSeconds)
    {
        if (waitSeconds > 0)
        {
            throw new S3Exception(S3Error.SlowDown with { Message = "Please reduce your request rate.", RetryAfterSeconds = waitSeconds });
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "S3 request {RequestId} failed")]
    private static partial void LogFailed(ILogger log, Exception error, string requestId);

    private static async Task RefuseAsync(HttpContext http, S3Error error, string requestId)
    {
        var response = http.Response;
        var document = S3Xml.Bytes(new XElement("Error",
            new XElement("Code", error.Code), new XElement("Message", error.Message),
            new XElement("Resource", http.Request.Path.Value), new XElement("RequestId", requestId)));
        if (LongAnswer.HasBegun(http))
        {
            await LongAnswer.EndAsync(http, document);
            return;
        }

        if (response.HasStarted)
        {
            http.Abort();
            return;
        }

        response.StatusCode = (int)error.Status;
        response.ContentLength = null;
        if (error.RetryAfterSeconds > 0)
        {
            response.Headers.RetryAfter = error.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        if (http.Request.Headers.Expect.Count > 0)
        {
            // Its content was not asked for, so it does not come: what follows on this connection would be taken for it.
            response.Headers.Connection = "close";
        }

        if (HttpMethods.IsHead(http.Request.Method))
        {
            return;
        }

        response.ContentType = "application/xml";
        response.ContentLength = document.Length;
        await response.Body.WriteAsync(document, CancellationToken.None);
    }
}
