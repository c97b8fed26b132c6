using System.IO.Pipelines;
using System.Net;
using System.Xml.Linq;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using Dfs.Gateway.Trust;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>PutObject, DeleteObject and DeleteObjects.</summary>
internal static class ObjectWrites
{
    /// <summary>5 GiB: what one request may bring; parts make larger ones.</summary>
    public const long ContentBytesMax = 5L * 1024 * 1024 * 1024;

    /// <summary>256 KiB that wait between the client's socket and the cutting of one upload.</summary>
    private const int WaitingBytes = 256 * 1024;

    private const int DeletesMax = 1000, DeletesAtOnce = 16;

    public static async Task PutAsync(S3Call call)
    {
        var settings = call.Settings;
        var wish = await RequestedLock.OfHeadersAsync(call);
        using var sealing = RequestedSeal.OfObject(call);
        var facts = sealing.On(ObjectFacts.OfRequest(call));
        var options = await ConditionsAsync(call);
        using var body = call.Body(seal: sealing.Seal);
        var result = await StoreAsync(call, call.Key, body, options with { Facts = () => facts.With(body), Lock = wish });
        call.Response.Headers.ETag = $"\"{body.ETag}\"";
        if (body.Check is { } check)
        {
            call.Response.Headers[Checksum.HeaderPrefix + body.Spec.Algorithm] = Convert.ToBase64String(check);
            call.Response.Headers["x-amz-checksum-type"] = "FULL_OBJECT";
        }

        ObjectReads.WriteSealed(call, sealing.Key);
        ObjectReads.WriteStored(call, settings, result.Version);
        LifecycleOperations.WriteExpiry(call, settings, call.Target.Key, body.Spec.SizeBytes, facts.Tags, call.Now);
        await call.AnswerAsync();
    }

    /// <summary>Stores a request's content; nothing when it is not what its headers promise.</summary>
    /// <param name="content">Null for all that the request brings.</param>
    /// <exception cref="S3Exception">It is not stored.</exception>
    public static async Task<PutResult> StoreAsync(S3Call call, ObjectKey key, UploadBody body, PutOptions options, PipeReader? content = null)
    {
        if (body.Spec.SizeBytes > ContentBytesMax)
        {
            throw new S3Exception(S3Error.EntityTooLarge);
        }

        options = options with { SizeBytes = body.Spec.SizeBytesMin is null ? body.Spec.SizeBytes : null, Check = body.CheckApart() };
        var result = content is null && body.IsPlain
            ? await StorePlainAsync(call, key, body, options)
            : await StorePumpedAsync(call, key, body, options, content ?? call.Http.Request.BodyReader);
        if (result.Outcome == DfsOutcome.SourceFailed && body.Error is { } error)
        {
            throw new S3Exception(error);
        }

        S3Outcomes.Require(result.Outcome, result.Detail, S3Error.NoSuchBucket);
        return result;
    }

    private static async Task<PutResult> StorePlainAsync(S3Call call, ObjectKey key, UploadBody body, PutOptions options)
    {
        using var content = new ClientReader(call.Http.Request.BodyReader, body, call.Aborted);
        return await call.Client.PutAsync(key, content, options, call.Aborted);
    }

    private static async Task<PutResult> StorePumpedAsync(S3Call call, ObjectKey key, UploadBody body, PutOptions options, PipeReader source)
    {
        // In the usual segments of 4 KiB 64 uploads left 100 MB of garbage, faster than it is collected.
        var pipe = new Pipe(new PipeOptions(
            LargeBlocks.OfContents, pauseWriterThreshold: WaitingBytes, resumeWriterThreshold: WaitingBytes / 2, minimumSegmentSize: LargeBlocks.BlockSizeBytes));
        var pumping = body.PumpAsync(source, pipe.Writer, call.Aborted);
        var result = await call.Client.PutAsync(key, pipe.Reader, options, call.Aborted);
        if (result.Outcome != DfsOutcome.Done)
        {
            // Nobody takes it any more, and a slow client may never send the rest.
            source.CancelPendingRead();
        }

        await pumping;
        return result;
    }

    /// <summary>What If-Match and If-None-Match ask of the object that is there; the store compares once more when it writes.</summary>
    /// <exception cref="S3Exception">It does not hold already.</exception>
    public static async Task<PutOptions> ConditionsAsync(S3Call call)
    {
        var (ifMatch, ifNoneMatch) = (call.Header("if-match"), call.Header("if-none-match"));
        if (ifMatch is null && ifNoneMatch is null or "*")
        {
            return PutOptions.Default with { OnlyIfAbsent = ifNoneMatch is not null };
        }

        var opened = await call.Client.OpenAsync(call.Key, call.Aborted);
        if (opened.File is not { } current)
        {
            var isAbsent = opened.Outcome == DfsOutcome.NotFound && ifMatch is null;
            return isAbsent
                ? PutOptions.Default with { OnlyIfAbsent = true }
                : throw new S3Exception(S3Outcomes.ErrorOf(opened.Outcome, opened.Detail, S3Error.NoSuchKey));
        }

        await using (current)
        {
            var etag = ObjectFacts.ETagOf(current);
            return (ifMatch is null || Conditions.Names(ifMatch, etag)) && (ifNoneMatch is null || !Conditions.Names(ifNoneMatch, etag))
                ? PutOptions.Default with { OnlyIfVersion = current.Version }
                : throw new S3Exception(S3Error.PreconditionFailed);
        }
    }

    public static async Task DeleteAsync(S3Call call)
    {
        var settings = call.Settings;
        var done = await RemoveAsync(call, settings, call.Key, call.Target.Get("versionId"), RemovalCondition.Of(call.Header));
        if (done.Version is { } version)
        {
            call.Response.Headers["x-amz-version-id"] = version;
        }

        if (done.IsMarker)
        {
            call.Response.Headers["x-amz-delete-marker"] = "true";
        }

        await call.AnswerAsync(HttpStatusCode.NoContent);
    }

    public static async Task DeleteManyAsync(S3Call call)
    {
        var settings = call.Settings;
        var wish = await call.XmlAsync("Delete");
        var objects = wish.Children("Object").ToList();
        if (objects.Count is 0 or > DeletesMax || objects.Any(one => one.Text("Key") is null or ""))
        {
            throw new S3Exception(S3Error.MalformedXml);
        }

        var isQuiet = wish.Text("Quiet") is "true" or "True";
        var answers = new XElement?[objects.Count];
        await call.WaitAsync(Parallel.ForEachAsync(
            Enumerable.Range(0, objects.Count), new ParallelOptions { MaxDegreeOfParallelism = DeletesAtOnce, CancellationToken = call.Aborted },
            async (index, _) => answers[index] = await DeleteOneAsync(call, settings, objects[index], isQuiet)));
        await call.AnswerAsync(Element("DeleteResult", answers));
    }

    private static async Task<XElement?> DeleteOneAsync(S3Call call, BucketSettings settings, XElement one, bool isQuiet)
    {
        var (name, version) = (one.Text("Key")!, one.Text("VersionId"));
        var named = version is null ? null : Element("VersionId", version);
        try
        {
            var key = S3Call.KeyOf(call.Target.Bucket, name);
            await call.Access.RequireAsync(
                call.Bucket, version is null ? "s3:DeleteObject" : "s3:DeleteObjectVersion", AclRight.BucketWrite, name, version);
            var done = await RemoveAsync(call, settings, key, version, RemovalCondition.Of(one));
            AuditNote.Of(call.Http)?.Parts.Enqueue(("s3:DeleteObject", name, "204"));
            return isQuiet ? null : Element("Deleted",
                Element("Key", name), named,
                done.IsMarker ? Element("DeleteMarker", "true") : null,
                done is { IsMarker: true, Version: { } marker } ? Element("DeleteMarkerVersionId", marker) : null);
        }
        catch (S3Exception refused)
        {
            AuditNote.Of(call.Http)?.Parts.Enqueue(("s3:DeleteObject", name, refused.Error.Code));
            return Element("Error",
                Element("Key", name), named, Element("Code", refused.Error.Code), Element("Message", refused.Error.Message));
        }
    }

    /// <returns>The version that was removed, or that marks the removal, where versions are kept.</returns>
    private static async Task<(string? Version, bool IsMarker)> RemoveAsync(
        S3Call call, BucketSettings settings, ObjectKey key, string? version, RemovalCondition condition)
    {
        if (ObjectReads.VersionOf(settings, version) is not { } id)
        {
            var removed = condition.IsNone
                ? await call.Client.Versions.MarkRemovedAsync(key, null, call.Aborted)
                : await RemoveCurrentAsync(call, key, condition);
            // What is not there is deleted.
            if (removed.Outcome != DfsOutcome.NotFound)
            {
                S3Outcomes.Require(removed.Outcome, removed.Detail, S3Error.NoSuchKey);
            }

            return (removed.Marker is { } marker ? ObjectReads.TextOf(marker, settings.StoresNull) : null, removed.Marker is not null);
        }

        var opened = await call.Client.Versions.OpenAsync(key, id, call.Aborted);
        if (opened.File is { } file)
        {
            // A version does not change, so what was compared is what is removed.
            await using (file)
            {
                condition.Require(file);
            }
        }

        var taken = await call.Client.Locks.RemoveAsync(key, id, await RequestedLock.OpensGovernanceAsync(call, key.Name), call.Aborted);
        if (taken.Outcome != DfsOutcome.NotFound)
        {
            S3Outcomes.Require(taken.Outcome, taken.Detail, S3Error.NoSuchVersion);
        }

        return (version, opened.Outcome == DfsOutcome.PreconditionFailed);
    }

    private static async Task<RemoveResult> RemoveCurrentAsync(S3Call call, ObjectKey key, RemovalCondition condition)
    {
        var opened = await call.Client.OpenAsync(key, call.Aborted);
        if (opened.File is not { } file)
        {
            return new RemoveResult(opened.Outcome, opened.Detail);
        }

        await using (file)
        {
            condition.Require(file);
            return await call.Client.Versions.RemoveCurrentAsync(key, file.Version, call.Aborted);
        }
    }
}
