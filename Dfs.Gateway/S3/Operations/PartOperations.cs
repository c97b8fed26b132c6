using System.Globalization;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>UploadPart and UploadPartCopy.</summary>
internal static class PartOperations
{
    public static async Task PutAsync(S3Call call)
    {
        var number = UploadOperations.PartNumberOf(call.Target.Get("partNumber"));
        var upload = await Uploads.OpenAsync(call);
        using var sealing = RequestedSeal.OfPart(call, upload);
        using var body = call.Body(seal: sealing.Seal, partNumber: number);
        await ObjectWrites.StoreAsync(
            call, Uploads.PartKey(call.Target.Bucket, upload.Id, number), body,
            new PutOptions { Facts = () => FileFacts.None.With(body) });
        await RequireStillThereAsync(call, upload, number);
        ObjectReads.WriteSealed(call, sealing.Key);
        call.Response.Headers.ETag = $"\"{body.ETag}\"";
        if (body.Check is { } check)
        {
            call.Response.Headers[Checksum.HeaderPrefix + body.Spec.Algorithm] = Convert.ToBase64String(check);
        }

        await call.AnswerAsync();
    }

    public static async Task CopyAsync(S3Call call)
    {
        var number = UploadOperations.PartNumberOf(call.Target.Get("partNumber"));
        var upload = await Uploads.OpenAsync(call);
        using var sealing = RequestedSeal.OfPart(call, upload);
        var (source, version) = ObjectCopies.ParseSource(call.Header(ObjectCopies.SourceHeader)!);
        var bucket = await call.FindBucketAsync(source.Bucket, ObjectCopies.SourceOwnerHeader);
        await using var file = await ObjectCopies.OpenSourceAsync(call, bucket, source, version);
        var range = RangeOf(call.Header("x-amz-copy-source-range"), file.SizeBytes);
        if (range.CountBytes > ObjectWrites.ContentBytesMax)
        {
            throw new S3Exception(S3Error.EntityTooLarge);
        }

        var part = Uploads.PartKey(call.Target.Bucket, upload.Id, number);
        var etag = range.CountBytes == file.SizeBytes && file is not SealedFile && sealing.Seal is null && IsMd5(file.Facts.ETagText) && upload.Algorithm is null
            && bucket.Owner.Id == call.Bucket.Owner.Id
            ? await call.WaitAsync(ReferAsync(call, source, file, part))
            : await call.WaitAsync(SendAsync(call, file, range, part, upload.Algorithm, sealing.Seal, number));
        ObjectReads.WriteSealed(call, sealing.Key);
        await RequireStillThereAsync(call, upload, number);
        ObjectCopies.WriteSourceVersion(call, bucket, file);
        await call.AnswerAsync(Element("CopyPartResult", Element("LastModified", Time(call.Now)), Element("ETag", $"\"{etag}\"")));
    }

    // A part of the whole source is its chunks, and its ETag is known.
    private static async Task<string> ReferAsync(S3Call call, ObjectKey source, IOpenFile file, ObjectKey part)
    {
        var facts = FileFacts.None with { ETag = file.Facts.ETag };
        var put = await call.Client.Compositions.PutAsync(
            part, [new FilePart(source, file.Version)], new PutOptions { Facts = () => facts }, call.Aborted);
        S3Outcomes.Require(put.Outcome, put.Detail, S3Error.NoSuchKey);
        return facts.ETagText;
    }

    // Chunks cannot be cut where a range begins and ends, and another owner's are sealed with other keys.
    private static async Task<string> SendAsync(S3Call call, IOpenFile file, ObjectRange range, ObjectKey part, string? algorithm, ContentSeal? seal, int number)
    {
        var (_, content) = await ContentCopies.SendAsync(
            call, file, range, part, algorithm, body => new PutOptions { Facts = () => FileFacts.None.With(body) }, seal, number);
        using (content)
        {
            return content.ETag;
        }
    }

    private static ObjectRange RangeOf(string? header, long sizeBytes)
    {
        if (header is null)
        {
            return new ObjectRange(0, sizeBytes, IsPart: false);
        }

        var ends = header.StartsWith("bytes=", StringComparison.Ordinal) ? header["bytes=".Length..].Split('-') : [];
        if (ends.Length != 2 || !long.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            || !long.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) || last < from)
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("x-amz-copy-source-range is bytes=FIRST-LAST."));
        }

        return last < sizeBytes ? new ObjectRange(from, last - from + 1, IsPart: true) : throw new S3Exception(S3Error.InvalidRange);
    }

    // The upload may have been ended while the part came in; a part of no upload would stay for ever.
    private static async Task RequireStillThereAsync(S3Call call, Upload upload, int number)
    {
        if (await Uploads.TryOpenAsync(call, upload.Id) is null)
        {
            await Uploads.RemoveAsync(call, Uploads.PartKey(call.Target.Bucket, upload.Id, number));
            throw new S3Exception(S3Error.NoSuchUpload);
        }
    }

    private static bool IsMd5(string etag) => etag.Length == 32 && etag.All(char.IsAsciiHexDigit);
}
