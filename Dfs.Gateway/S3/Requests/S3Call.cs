using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Xml.Linq;
using Dfs.Actors.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Signing;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.S3.Requests;

/// <summary>One request whose signature is right, and the means to answer it.</summary>
internal sealed class S3Call(
    HttpContext http, S3Target target, SignatureClaim claim, S3Credential who, BucketCache buckets, TimeProvider time)
{
    /// <summary>4 MiB: the longest list of parts or of keys to delete that is allowed, with room.</summary>
    private const int XmlBytesMax = 4 * 1024 * 1024;

    public HttpContext Http => http;

    public HttpResponse Response => http.Response;

    public S3Target Target => target;

    public S3Credential Who => who;

    public IDfsClient Client => who.Client;

    public CancellationToken Aborted => http.RequestAborted;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The object that is meant.</summary>
    /// <exception cref="S3Exception">It cannot be called so.</exception>
    public ObjectKey Key => KeyOf(target.Bucket, target.Key);

    public string? Header(string name) => HeaderOf(http.Request, name);

    /// <returns>Null when it is not there; several are joined by commas.</returns>
    public static string? HeaderOf(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? string.Join(',', values.AsEnumerable()) : null;

    public static ObjectKey KeyOf(string bucket, string name) =>
        ObjectKey.TryCreate(bucket, name, out var key, out var refusal) ? key
        : ObjectKey.BucketRefusal(bucket) is not null ? throw new S3Exception(S3Error.NoSuchBucket)
        : throw new S3Exception(System.Text.Encoding.UTF8.GetByteCount(name) > ObjectKey.NameBytesMax
            ? S3Error.KeyTooLong
            : S3Error.InvalidArgument.Saying(refusal));

    /// <summary>Settings of the bucket that is meant, at most a second old.</summary>
    /// <exception cref="S3Exception">There is no such bucket.</exception>
    public Task<BucketSettings> BucketAsync() => BucketAsync(target.Bucket);

    public Task<BucketSettings> BucketAsync(string bucket) => buckets.ShowAsync(who, bucket, Aborted);

    public void ForgetBucket() => buckets.Forget(who, target.Bucket);

    /// <summary>The request's content; the caller's to dispose.</summary>
    /// <exception cref="S3Exception">Its headers are not right.</exception>
    /// <param name="hasChecksum">The checksum in the headers is the content's; of a completed upload it is the object's.</param>
    public UploadBody Body(bool hasChecksum = true)
    {
        var spec = BodySpec.Parse(
            name => hasChecksum || !name.StartsWith(Checksum.HeaderPrefix, StringComparison.Ordinal) ? Header(name) : null, claim.PayloadHash);
        return new UploadBody(spec, spec.IsChunkSigned
            ? new ChunkSignatures(new SigningKey(who.Secret, claim.Scope), claim.Scope, claim.Time, claim.Signature)
            : null);
    }

    /// <summary>Reads a small document whole.</summary>
    /// <exception cref="S3Exception">It is too large, not what was signed, or not well-formed.</exception>
    public async Task<XElement> XmlAsync(string root, bool hasChecksum = true) => S3Xml.Parse(await BytesAsync(hasChecksum), root);

    private async Task<byte[]> BytesAsync(bool hasChecksum)
    {
        using var body = Body(hasChecksum);
        if (body.Spec.SizeBytes > XmlBytesMax)
        {
            throw new S3Exception(S3Error.EntityTooLarge.Saying($"This document has at most {XmlBytesMax} bytes."));
        }

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await body.PumpAsync(http.Request.BodyReader, pipe.Writer, Aborted);
        if (body.Error is { } error)
        {
            throw new S3Exception(error);
        }

        var read = await pipe.Reader.ReadAtLeastAsync((int)body.Spec.SizeBytes, Aborted);
        var bytes = read.Buffer.ToArray();
        await pipe.Reader.CompleteAsync();
        return bytes;
    }

    public async Task AnswerAsync(XElement root, HttpStatusCode status = HttpStatusCode.OK)
    {
        var bytes = S3Xml.Bytes(root);
        Response.StatusCode = (int)status;
        Response.ContentType = "application/xml";
        Response.ContentLength = bytes.Length;
        await Response.Body.WriteAsync(bytes, Aborted);
    }

    public Task AnswerAsync(HttpStatusCode status = HttpStatusCode.OK)
    {
        Response.StatusCode = (int)status;
        if (status != HttpStatusCode.NoContent)
        {
            Response.ContentLength = 0;
        }

        return Task.CompletedTask;
    }

    public XElement OwnerElement(string name = "Owner") =>
        S3Xml.Element(name, S3Xml.Element("ID", who.Owner.Id), S3Xml.Element("DisplayName", who.Owner.Name));
}
