using System.IO.Pipelines;
using System.Net;
using System.Xml.Linq;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Forms;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using Dfs.Gateway.S3.Signing;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.S3.Operations;

/// <summary>POST of an object by an HTML form: its policy is checked, then it is a put.</summary>
internal static class FormUploads
{
    private const string FileNameMark = "${filename}";

    /// <summary>Thirty seconds, as for headers: until the fields are there nobody knows who asks.</summary>
    private static readonly TimeSpan FieldsTimeMax = TimeSpan.FromSeconds(30);

    /// <param name="make">Makes the call that stores the object, of who asks, the key, and the fields in place of headers.</param>
    public static async Task RunAsync(
        HttpContext http, S3Target target, AccessKeys keys, TimeProvider time, Func<S3Credential?, S3Target, IReadOnlyDictionary<string, string>, S3Call> make)
    {
        AnswerWatch.Of(http)?.Pause();
        var form = await FieldsAsync(http, time);
        AnswerWatch.Of(http)?.Progress();
        var key = form.Values.GetValueOrDefault("key")?.Replace(FileNameMark, form.FileName, StringComparison.Ordinal) ?? "";
        if (key.Length == 0)
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("Bucket POST must contain a field named 'key'."));
        }

        var (who, policy) = await CheckAsync(form.Values, target.Bucket, key, keys, time.GetUtcNow(), http.RequestAborted);
        var call = make(who, target.WithKey(key), HeadersOf(form.Values));
        call.Bucket = await call.FindBucketAsync(target.Bucket, "x-amz-expected-bucket-owner");
        CorsOperations.AddTo(call);
        await call.Access.RequireAsync(call.Bucket, "s3:PutObject", AclRight.BucketWrite, key);
        using var sealing = RequestedSeal.OfObject(call);
        var facts = sealing.On(ObjectFacts.OfRequest(call));
        var spec = BodySpec.OfForm(call.Header, policy?.SizeBytesMin ?? 0, policy?.SizeBytesMax ?? long.MaxValue, ObjectWrites.ContentBytesMax);
        using var body = new UploadBody(spec, null, sealing.Seal) { Watch = AnswerWatch.Of(http), Time = time };
        var content = PipeReader.Create(form.Content);
        var result = await ObjectWrites.StoreAsync(call, call.Key, body, new() { Facts = () => facts.With(body) }, content);
        ObjectReads.WriteSealed(call, sealing.Key);
        ObjectReads.WriteStored(call, call.Settings, result.Version);
        call.Response.Headers.ETag = $"\"{body.ETag}\"";
        await AnswerAsync(call, form.Values, $"\"{body.ETag}\"");
    }

    private static async Task<FormFields> FieldsAsync(HttpContext http, TimeProvider time)
    {
        using var late = new CancellationTokenSource(FieldsTimeMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, http.RequestAborted);
        try
        {
            return await FormFields.ReadAsync(http.Request, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new S3Exception(S3Error.RequestTimeout.Saying($"The fields before the file did not come within {FieldsTimeMax.TotalSeconds:0} s."));
        }
    }

    private static async Task<(S3Credential? Who, FormPolicy? Policy)> CheckAsync(
        IReadOnlyDictionary<string, string> fields, string bucket, string key, AccessKeys keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!fields.TryGetValue("policy", out var text))
        {
            return fields.ContainsKey("signature") || fields.ContainsKey("x-amz-signature")
                ? throw new S3Exception(S3Error.InvalidArgument.Saying("A form that is signed has a policy."))
                : (null, null);
        }

        var signature = FormSignature.Of(fields);
        var who = await keys.FindAsync(signature.AccessKey, cancellationToken);
        if (!signature.IsTrue(text, who.Secret))
        {
            throw new S3Exception(S3Error.SignatureDoesNotMatch);
        }

        var policy = FormPolicy.Parse(text);
        policy.Require(new Dictionary<string, string>(fields, StringComparer.Ordinal) { ["bucket"] = bucket, ["key"] = key }, now);
        return (who, policy);
    }

    private static Dictionary<string, string> HeadersOf(IReadOnlyDictionary<string, string> fields)
    {
        var headers = new Dictionary<string, string>(fields, StringComparer.Ordinal);
        if (headers.Remove("acl", out var list))
        {
            headers["x-amz-acl"] = list;
        }

        if (headers.Remove("tagging", out var tagging))
        {
            headers["x-amz-tagging"] = ObjectFacts.ToQuery(ObjectFacts.TagsOf(S3Xml.Parse(System.Text.Encoding.UTF8.GetBytes(tagging), "Tagging")));
        }

        return headers;
    }

    private static Task AnswerAsync(S3Call call, IReadOnlyDictionary<string, string> fields, string etag)
    {
        var redirect = fields.GetValueOrDefault("success_action_redirect") ?? fields.GetValueOrDefault("redirect");
        if (Uri.TryCreate(redirect, UriKind.Absolute, out var to) && to.Scheme is "http" or "https")
        {
            var mark = to.Query.Length > 0 ? '&' : '?';
            call.Response.Headers.Location = $"{redirect}{mark}bucket={Encode(call.Bucket.Name)}&key={Encode(call.Target.Key)}&etag={Encode(etag)}";
            return call.AnswerAsync(HttpStatusCode.SeeOther);
        }

        return fields.GetValueOrDefault("success_action_status") switch
        {
            "200" => call.AnswerAsync(),
            "201" => call.AnswerAsync(
                new XElement("PostResponse",
                    new XElement("Location", $"{call.Http.Request.Scheme}://{call.Http.Request.Host}/{call.Bucket.Name}/{UriCode.Encode(call.Target.Key, keepsSlash: true)}"),
                    new XElement("Bucket", call.Bucket.Name), new XElement("Key", call.Target.Key), new XElement("ETag", etag)),
                HttpStatusCode.Created),
            _ => call.AnswerAsync(HttpStatusCode.NoContent),
        };
    }

    private static string Encode(string text) => UriCode.Encode(text, keepsSlash: false);
}
