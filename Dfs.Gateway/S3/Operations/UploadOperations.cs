using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Dfs.Core.Listing;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>CreateMultipartUpload, AbortMultipartUpload, ListMultipartUploads and ListParts.</summary>
internal static class UploadOperations
{
    public static async Task CreateAsync(S3Call call)
    {
        var wish = await RequestedLock.OfHeadersAsync(call);
        var (algorithm, type) = (call.Header("x-amz-checksum-algorithm")?.ToLowerInvariant(), call.Header("x-amz-checksum-type")?.ToUpperInvariant());
        if ((algorithm is not null && !Checksum.Algorithms.Contains(algorithm)) || type is not (null or "FULL_OBJECT" or "COMPOSITE")
            || (type == "FULL_OBJECT" && algorithm is "sha1" or "sha256") || (type == "COMPOSITE" && algorithm == "crc64nvme"))
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying("There is no such checksum for multipart uploads."));
        }

        using var sealing = RequestedSeal.OfObject(call);
        var id = await Uploads.CreateAsync(call, sealing.On(ObjectFacts.OfRequest(call)), algorithm, type, wish);
        if (algorithm is not null)
        {
            call.Response.Headers["x-amz-checksum-algorithm"] = algorithm.ToUpperInvariant();
            call.Response.Headers["x-amz-checksum-type"] = type ?? DefaultType(algorithm);
        }

        ObjectReads.WriteSealed(call, sealing.Key);
        await call.AnswerAsync(Element("InitiateMultipartUploadResult",
            Element("Bucket", call.Target.Bucket), Element("Key", call.Target.Key), Element("UploadId", id)));
    }

    /// <summary>What S3 takes when it is not said.</summary>
    public static string DefaultType(string algorithm) => algorithm == "crc64nvme" ? "FULL_OBJECT" : "COMPOSITE";

    public static async Task AbortAsync(S3Call call)
    {
        var upload = await Uploads.OpenAsync(call);
        await Uploads.RemoveAsync(call, upload.Id);
        await call.AnswerAsync(HttpStatusCode.NoContent);
    }

    public static async Task ListPartsAsync(S3Call call)
    {
        var upload = await Uploads.OpenAsync(call);
        var countMax = ListOperations.CountOf(call.Target.Get("max-parts"), "max-parts");
        var after = NumberOf(call.Target.Get("part-number-marker"));
        var following = (await Uploads.PartsAsync(call, upload.Id)).Where(part => part.Key > after).ToList();
        var page = following.Take(countMax).ToList();
        await call.AnswerAsync(Element("ListPartsResult",
            Element("Bucket", call.Target.Bucket), Element("Key", upload.Name), Element("UploadId", upload.Id),
            OwnerOf(call, upload, "Initiator"), OwnerOf(call, upload, "Owner"), Element("StorageClass", "STANDARD"),
            upload.Algorithm is { } algorithm ? Element("ChecksumAlgorithm", algorithm.ToUpperInvariant()) : null,
            Element("PartNumberMarker", after), Element("NextPartNumberMarker", page.Count > 0 ? page[^1].Key : 0),
            Element("MaxParts", countMax), Element("IsTruncated", page.Count < following.Count),
            page.Select(part => Element("Part",
                Element("PartNumber", part.Key), Element("LastModified", Time(part.Value.ModifiedAt)),
                Element("ETag", $"\"{part.Value.ETag}\""), Element("Size", part.Value.SizeBytes)))));
    }

    public static async Task ListAsync(S3Call call)
    {
        var target = call.Target;
        var encode = ListOperations.EncoderOf(target);
        var (prefix, delimiter) = (target.Get("prefix") ?? "", target.Get("delimiter") ?? "");
        var (keyMarker, idMarker) = (target.Get("key-marker") ?? "", target.Get("upload-id-marker") ?? "");
        var countMax = ListOperations.CountOf(target.Get("max-uploads"), "max-uploads");
        var matching = (await Uploads.AllAsync(call)).Where(upload => upload.Name.StartsWith(prefix, StringComparison.Ordinal) && call.MayName(call.Bucket.Name, upload.Name)).ToList();
        var passed = matching.FindIndex(upload => upload.Name == keyMarker && upload.Id == idMarker);
        var following = passed >= 0
            ? matching[(passed + 1)..]
            : [.. matching.Where(upload => keyMarker.Length == 0 || NameOrder.Instance.Compare(upload.Name, keyMarker) > 0)];
        var rows = following.GroupBy(upload => CommonPrefix(upload.Name, prefix, delimiter) ?? upload.Id).ToList();
        var page = rows.Take(countMax).ToList();
        var last = page.LastOrDefault()?.Last();
        await call.AnswerAsync(Element("ListMultipartUploadsResult",
            Element("Bucket", target.Bucket), Element("KeyMarker", encode(keyMarker)), Element("UploadIdMarker", idMarker),
            page.Count < rows.Count ? Element("NextKeyMarker", encode(last!.Name)) : null,
            page.Count < rows.Count ? Element("NextUploadIdMarker", last!.Id) : null,
            Element("Prefix", encode(prefix)), delimiter.Length > 0 ? Element("Delimiter", encode(delimiter)) : null,
            target.Has("encoding-type") ? Element("EncodingType", "url") : null,
            Element("MaxUploads", countMax), Element("IsTruncated", page.Count < rows.Count),
            page.Select(row => CommonPrefix(row.First().Name, prefix, delimiter) is { } common
                ? Element("CommonPrefixes", Element("Prefix", encode(common)))
                : UploadElement(call, row.First(), encode))));
    }

    /// <exception cref="S3Exception">It is no number of a part.</exception>
    public static int PartNumberOf(string? text) => NumberOf(text) is >= 1 and <= Uploads.PartsMax and var number
        ? number
        : throw new S3Exception(S3Error.InvalidArgument.Saying($"Part number must be an integer between 1 and {Uploads.PartsMax}, inclusive"));

    /// <summary>A number of a part, or 0 when there is none.</summary>
    /// <exception cref="S3Exception">It is none.</exception>
    public static int NumberOf(string? text) => text is null or "" ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new S3Exception(S3Error.InvalidArgument.Saying("A part's number is a number."));

    private static XElement UploadElement(S3Call call, Upload upload, Func<string, string> encode) => Element("Upload",
        Element("Key", encode(upload.Name)), Element("UploadId", upload.Id), OwnerOf(call, upload, "Initiator"), OwnerOf(call, upload, "Owner"),
        Element("StorageClass", "STANDARD"), Element("Initiated", Time(upload.BegunAt)));

    private static XElement OwnerOf(S3Call call, Upload upload, string name) =>
        call.AccessLists.OwnerElement(name, Authorizer.AclOf(call.Bucket, upload.Facts).OwnerId);

    private static string? CommonPrefix(string name, string prefix, string delimiter)
    {
        var at = delimiter.Length == 0 ? -1 : name.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : name[..(at + delimiter.Length)];
    }
}
