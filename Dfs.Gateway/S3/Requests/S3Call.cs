using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Xml.Linq;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Sealing;
using Dfs.Gateway.S3.Signing;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.S3.Requests;

/// <summary>One request whose signature is right, or that nobody signed, and the means to answer it.</summary>
/// <param name="claim">Null when nobody signed it; <paramref name="who"/> is null with it.</param>
internal sealed class S3Call(
    HttpContext http, S3Target target, RequestClaim? claim, S3Credential? who, BucketCache buckets, TimeProvider time)
{
    /// <summary>What is the request's own, whatever a form has in it.</summary>
    private static readonly string[] OfRequest = ["referer", "user-agent", "origin", "x-amz-expected-bucket-owner"];

    private S3Bucket? _bucket;
    private Authorizer? _access;

    /// <summary>4 MiB: the longest list of parts or of keys to delete that is allowed, with room.</summary>
    private const int XmlBytesMax = 4 * 1024 * 1024;

    public HttpContext Http => http;

    public HttpResponse Response => http.Response;

    public S3Target Target => target;

    /// <summary>Who asks; null when nobody signed the request.</summary>
    public S3Credential? Who => who;

    public bool IsPresigned => claim?.IsPresigned is true;

    /// <summary>Of the signature; null when nobody signed the request.</summary>
    public string? SignatureVersion => claim?.Version;

    /// <summary>The bucket that is meant.</summary>
    public S3Bucket Bucket
    {
        get => _bucket ?? throw new InvalidOperationException("this request is about no bucket");
        set => _bucket = value;
    }

    public BucketSettings Settings => Bucket.Settings;

    /// <summary>The store as the bucket's owner sees it, whoever asks.</summary>
    public IDfsClient Client => Bucket.Client;

    public Authorizer Access => _access ??= new Authorizer(this);

    /// <summary>What is left to ask of the object's own access control list.</summary>
    public ObjectCheck Check { get; set; } = ObjectCheck.None;

    public AccessListRequest AccessLists => new(buckets.NameOf);

    /// <summary>The beginnings of the names that the key may list in the bucket; null for all.</summary>
    public IReadOnlyList<string>? GrantedNames => who?.Principal.Grants.NamesIn(Bucket.Name, Now.ToUnixTimeSeconds());

    public CancellationToken Aborted => http.RequestAborted;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The object that is meant.</summary>
    /// <exception cref="S3Exception">It cannot be called so.</exception>
    public ObjectKey Key => KeyOf(target.Bucket, target.Key);

    /// <summary>Fields of a form in place of headers, by their names in lower case; null for the request's own.</summary>
    public IReadOnlyDictionary<string, string>? Fields { get; init; }

    /// <summary>In lower case.</summary>
    public IEnumerable<string> HeaderNames => Fields?.Keys ?? http.Request.Headers.Keys.Select(name => name.ToLowerInvariant());

    public string? Header(string name) => Fields is null || OfRequest.Contains(name) ? HeaderOf(http.Request, name) : Fields.GetValueOrDefault(name);

    /// <returns>Null when it is not there; several are joined by commas.</returns>
    public static string? HeaderOf(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? string.Join(',', values.AsEnumerable()) : null;

    public static ObjectKey KeyOf(string bucket, string name) =>
        ObjectKey.TryCreate(bucket, name, out var key, out var refusal) ? key
        : ObjectKey.BucketRefusal(bucket) is not null ? throw new S3Exception(S3Error.NoSuchBucket)
        : throw new S3Exception(System.Text.Encoding.UTF8.GetByteCount(name) > ObjectKey.NameBytesMax
            ? S3Error.KeyTooLong
            : S3Error.InvalidArgument.Saying(refusal));

    /// <exception cref="S3Exception">There is no such bucket, or it is not the one that the client expects.</exception>
    public async Task<S3Bucket> FindBucketAsync(string name, string expectedOwnerHeader)
    {
        var bucket = name == _bucket?.Name ? _bucket : await buckets.FindAsync(name, who, Aborted);
        return Header(expectedOwnerHeader) is not { } expected || expected == bucket.Owner.Id ? bucket : throw new S3Exception(S3Error.AccessDenied);
    }

    /// <summary>Changes the bucket's settings; done when no node goes by the old ones any more.</summary>
    public async Task ChangeBucketAsync(Func<BucketSettings, BucketSettings> change)
    {
        var changed = await Client.Buckets.ChangeAsync(Bucket.Name, change, Aborted);
        buckets.Forget(Bucket);
        S3Outcomes.Require(
            changed.Outcome == DfsOutcome.PreconditionFailed ? DfsOutcome.Done : changed.Outcome, changed.Detail, S3Error.NoSuchBucket);
        if (changed.Outcome == DfsOutcome.PreconditionFailed)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying(changed.Detail));
        }
    }

    /// <summary>What nobody signed has no grants: what it may do is for the bucket to say.</summary>
    /// <exception cref="S3Exception">The key that signed the request is not granted it.</exception>
    public void RequireGranted(Verbs verbs, string bucket, string? key)
    {
        var verdict = who is null ? Verdict.Allowed : Permissions.Decide(who.Principal, verbs, bucket, key, Now.ToUnixTimeSeconds());
        if (verdict != Verdict.Allowed)
        {
            throw new S3Exception(S3Error.AccessDenied.Saying(
                verdict == Verdict.Expired ? "What this access key was granted has expired." : $"This access key is not granted {GrantText.Of(verbs)} here."));
        }
    }

    /// <summary>Whether the key that signed the request may know of a name.</summary>
    public bool MayName(string bucket, string key) => who is null || Permissions.MayName(who.Principal, bucket, key, Now.ToUnixTimeSeconds());

    /// <summary>Whether the bucket is one of those that the key is shown.</summary>
    public bool MaySee(string bucket) => who is null || Permissions.MaySee(who.Principal, bucket, Now.ToUnixTimeSeconds());

    public void ForgetBucket() => buckets.Forget(Bucket);

    /// <summary>The request's content; the caller's to dispose.</summary>
    /// <exception cref="S3Exception">Its headers are not right.</exception>
    /// <param name="hasChecksum">The checksum in the headers is the content's; of a completed upload it is the object's.</param>
    public UploadBody Body(bool hasChecksum = true, ContentSeal? seal = null, int partNumber = 0)
    {
        var spec = BodySpec.Parse(
            name => hasChecksum || !name.StartsWith(Checksum.HeaderPrefix, StringComparison.Ordinal) ? Header(name) : null,
            claim?.PayloadHash ?? Header("x-amz-content-sha256") ?? RequestClaim.UnsignedPayload);
        return new UploadBody(spec, !spec.IsChunkSigned ? null
            : claim is null ? throw new S3Exception(S3Error.InvalidRequest.Saying("Chunks are signed in a request that is signed."))
            : claim.ChunksOf(who!.Secret),
            seal, partNumber)
        {
            Watch = AnswerWatch.Of(http),
            Time = time,
        };
    }

    /// <summary>Reads a small document whole.</summary>
    /// <exception cref="S3Exception">It is too large, not what was signed, or not well-formed.</exception>
    public async Task<XElement> XmlAsync(string root, bool hasChecksum = true) => S3Xml.Parse(await BytesAsync(hasChecksum), root);

    /// <summary>Reads a small document whole, whatever is in it.</summary>
    public async Task<byte[]> BytesAsync(bool hasChecksum = true)
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

    /// <summary>Waits for what may take long, and shows the client meanwhile that it is not forgotten.</summary>
    public async Task<T> WaitAsync<T>(Task<T> work)
    {
        await WaitAsync((Task)work);
        return await work;
    }

    /// <inheritdoc cref="WaitAsync{T}"/>
    public Task WaitAsync(Task work) => LongAnswer.WaitAsync(http, work, time);

    /// <summary>Adds to the answer's headers, unless it has begun.</summary>
    public void AddHeader(string name, string value)
    {
        if (!LongAnswer.HasBegun(http))
        {
            Response.Headers[name] = value;
        }
    }

    public async Task AnswerAsync(XElement root, HttpStatusCode status = HttpStatusCode.OK)
    {
        var bytes = S3Xml.Bytes(root);
        if (LongAnswer.HasBegun(http))
        {
            await LongAnswer.EndAsync(http, bytes);
            return;
        }

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

    /// <summary>The bucket's owner.</summary>
    public XElement OwnerElement(string name = "Owner") => AccessLists.OwnerElement(name, Bucket.Owner.Id);
}
