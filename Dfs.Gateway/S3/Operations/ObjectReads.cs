using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using Microsoft.AspNetCore.Http;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>GetObject, HeadObject and GetObjectAttributes.</summary>
internal static class ObjectReads
{
    public const string EncryptionHeader = "x-amz-server-side-encryption", Encryption = "AES256";

    private static readonly string[] Overridden =
        ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];

    public static async Task GetAsync(S3Call call)
    {
        var settings = call.Settings;
        await using var stored = await OpenAsync(call);
        RequirePart(call, stored);
        var (file, key) = SealedFile.Open(call, stored, CustomerKey.Prefix);
        using var used = key;
        await using var opened = file;
        WriteHeaders(call, settings, file, key);
        var outcome = Conditions.Of(call.Header).For(ObjectFacts.ETagOf(file), file.ModifiedAt);
        if (outcome != ConditionOutcome.Holds)
        {
            await AnswerConditionAsync(call, outcome);
            return;
        }

        var range = RangeOf(call, file);
        call.Response.StatusCode = range.IsPart ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK;
        call.Response.ContentLength = range.CountBytes;
        if (range.IsPart)
        {
            call.Response.Headers.ContentRange = string.Create(
                CultureInfo.InvariantCulture, $"bytes {range.OffsetBytes}-{range.OffsetBytes + range.CountBytes - 1}/{file.SizeBytes}");
        }
        else if ("ENABLED".Equals(call.Header("x-amz-checksum-mode"), StringComparison.OrdinalIgnoreCase))
        {
            WriteChecksum(call, file.Facts);
        }

        if (HttpMethods.IsHead(call.Http.Request.Method) || range.CountBytes == 0)
        {
            return;
        }

        // From here on the client sees what comes.
        AnswerWatch.Of(call.Http)?.Follow();
        var end = await file.CopyToAsync(call.Response.BodyWriter, range.OffsetBytes, range.CountBytes, call.Aborted);
        if (end.Outcome != DfsOutcome.Done)
        {
            // Cut off, so that nobody takes a short file for a whole one.
            call.Http.Abort();
        }
    }

    public static async Task AttributesAsync(S3Call call)
    {
        var settings = call.Settings;
        await using var stored = await OpenAsync(call);
        var (file, key) = SealedFile.Open(call, stored, CustomerKey.Prefix);
        using var used = key;
        await using var opened = file;
        var wanted = (call.Header("x-amz-object-attributes") ?? "").Split(',', StringSplitOptions.TrimEntries);
        var checksum = file.Facts.Metadata.FirstOrDefault(pair => pair.Key.StartsWith(Checksum.HeaderPrefix, StringComparison.Ordinal));
        WriteVersion(call, settings, file);
        call.Response.Headers.LastModified = file.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
        await call.AnswerAsync(Element("GetObjectAttributesResponse",
            wanted.Contains("ETag") ? Element("ETag", ObjectFacts.ETagOf(file)) : null,
            wanted.Contains("Checksum") && checksum.Key is not null
                ? Element("Checksum", Element(ElementName(checksum.Key), checksum.Value), Element("ChecksumType", TypeOf(checksum.Value)))
                : null,
            wanted.Contains("ObjectParts") && PartSizes.Of(file.Facts.Metadata) is { } parts ? PartsElement(call, parts) : null,
            wanted.Contains("StorageClass") ? Element("StorageClass", "STANDARD") : null,
            wanted.Contains("ObjectSize") ? Element("ObjectSize", file.SizeBytes) : null));
    }

    /// <summary>The name of a checksum in documents: ChecksumCRC32 for x-amz-checksum-crc32.</summary>
    public static string ElementName(string header) => "Checksum" + header[Checksum.HeaderPrefix.Length..].ToUpperInvariant();

    /// <summary>Whether a checksum is of the content, or of its parts' checksums.</summary>
    public static string TypeOf(string value) => value.Contains('-', StringComparison.Ordinal) ? "COMPOSITE" : "FULL_OBJECT";

    /// <summary>Opens the object, or the version of it, that the request names.</summary>
    /// <exception cref="S3Exception">There is none, or it cannot be had now.</exception>
    public static Task<IOpenFile> OpenAsync(S3Call call) =>
        OpenAsync(call, call.Bucket, call.Target.Key, call.Target.Get("versionId"), call.Check);

    /// <param name="version">As the client gives it; null for the current one.</param>
    /// <param name="check">What the object's own access control list must allow.</param>
    public static async Task<IOpenFile> OpenAsync(S3Call call, S3Bucket bucket, string name, string? version, ObjectCheck check)
    {
        var file = await OpenAsync(call, bucket, S3Call.KeyOf(bucket.Name, name), version);
        try
        {
            check.Require(file);
            return file;
        }
        catch (S3Exception)
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static async Task<IOpenFile> OpenAsync(S3Call call, S3Bucket bucket, ObjectKey key, string? version)
    {
        if (VersionOf(bucket.Settings, version) is not { } id)
        {
            var current = await bucket.Client.OpenAsync(key, call.Aborted);
            if (current.Outcome == DfsOutcome.NotFound)
            {
                await RequireMayKnowAsync(call, bucket, key);
                await WriteMarkerAsync(call, bucket, key);
            }

            S3Outcomes.Require(current.Outcome, current.Detail, S3Error.NoSuchKey);
            return current.File!;
        }

        var opened = await bucket.Client.Versions.OpenAsync(key, id, call.Aborted);
        if (opened.Outcome is DfsOutcome.NotFound or DfsOutcome.PreconditionFailed)
        {
            await RequireMayKnowAsync(call, bucket, key);
        }

        if (opened.Outcome == DfsOutcome.PreconditionFailed)
        {
            call.Response.Headers["x-amz-delete-marker"] = "true";
            throw new S3Exception(S3Error.MethodNotAllowed.Saying("This version says that the object was deleted."));
        }

        S3Outcomes.Require(opened.Outcome, opened.Detail, S3Error.NoSuchVersion);
        return opened.File!;
    }

    /// <exception cref="S3Exception">It cannot be one of ours.</exception>
    public static VersionId ParseVersion(string text) => VersionId.TryParse(text, out var version)
        ? version
        : throw new S3Exception(S3Error.InvalidArgument.Saying("Invalid version id specified"));

    /// <param name="text">As the client gives it.</param>
    /// <returns>Null for the current version: of a bucket that never kept versions that is the one called "null".</returns>
    public static VersionId? VersionOf(BucketSettings settings, string? text) =>
        text is null or "" || (text == "null" && !settings.IsVersioned) ? null : ParseVersion(text);

    /// <summary>What clients call a version.</summary>
    public static string TextOf(VersionId version, bool isNull) => (isNull ? VersionId.Null : version).ToString();

    public static void WriteVersion(S3Call call, BucketSettings settings, IOpenFile file)
    {
        if (settings.IsVersioned)
        {
            call.Response.Headers["x-amz-version-id"] = TextOf(file.Version, file.IsNull);
        }
    }

    /// <summary>Of what was stored now: that it is the null version is not said.</summary>
    public static void WriteStored(S3Call call, BucketSettings settings, VersionId version)
    {
        if (!settings.StoresNull)
        {
            call.AddHeader("x-amz-version-id", version.ToString());
        }
    }

    // Which parts there are is told without a key that opens them.
    private static void RequirePart(S3Call call, IOpenFile file)
    {
        if (call.Target.Has("partNumber"))
        {
            RangeOf(call, file);
        }
    }

    private static ObjectRange RangeOf(S3Call call, IOpenFile file)
    {
        if (call.Target.Get("partNumber") is not { } text)
        {
            return ObjectRange.Of(call.Header("range"), file.SizeBytes);
        }

        var number = UploadOperations.PartNumberOf(text);
        var parts = PartSizes.Of(file.Facts.Metadata);
        if (call.Header("range") is not null)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying("A request asks for a range or for a part."));
        }

        if (parts is null)
        {
            // An object of one piece has one part.
            return number == 1 && !file.Facts.ETagText.Contains('-', StringComparison.Ordinal)
                ? new ObjectRange(0, file.SizeBytes, IsPart: file.SizeBytes > 0)
                : throw new S3Exception(S3Error.InvalidPart);
        }

        call.Response.Headers["x-amz-mp-parts-count"] = parts.Count.ToString(CultureInfo.InvariantCulture);
        return number <= parts.Count ? parts.RangeOf(number) : throw new S3Exception(S3Error.InvalidPart);
    }

    private static XElement PartsElement(S3Call call, PartSizes parts)
    {
        var after = UploadOperations.NumberOf(call.Header("x-amz-part-number-marker"));
        var countMax = ListOperations.CountOf(call.Header("x-amz-max-parts"), "max-parts");
        var page = Enumerable.Range(1, parts.Count).Where(number => number > after).Take(countMax).ToList();
        var last = page.Count > 0 ? page[^1] : after;
        return Element("ObjectParts",
            Element("PartsCount", parts.Count), Element("PartNumberMarker", after), Element("NextPartNumberMarker", last),
            Element("MaxParts", countMax), Element("IsTruncated", last < parts.Count),
            page.Select(number => Element("Part", Element("PartNumber", number), Element("Size", parts.SizeOf(number)))));
    }

    // Who may not list the bucket is not told what is in it.
    private static async Task RequireMayKnowAsync(S3Call call, S3Bucket bucket, ObjectKey key)
    {
        if (!await call.Access.MayListAsync(bucket, key.Name))
        {
            throw new S3Exception(S3Error.AccessDenied);
        }
    }

    private static async Task WriteMarkerAsync(S3Call call, S3Bucket bucket, ObjectKey key)
    {
        var newest = bucket.Settings.IsVersioned ? (await bucket.Client.Versions.ListAsync(key, 1, call.Aborted)).Versions : [];
        if (newest is [{ IsDeleteMarker: true } marker])
        {
            call.Response.Headers["x-amz-delete-marker"] = "true";
            call.Response.Headers["x-amz-version-id"] = TextOf(marker.Version, marker.IsNull);
        }
    }

    /// <summary>Every object is encrypted with AES-256 under keys that its owner's keyring on this side has: what S3 calls SSE-S3.</summary>
    /// <param name="key">The client's own that the object is encrypted with as well; null for none.</param>
    public static void WriteSealed(S3Call call, CustomerKey? key = null)
    {
        if (key is null)
        {
            call.AddHeader(EncryptionHeader, Encryption);
            return;
        }

        call.AddHeader(CustomerKey.Prefix + "algorithm", Encryption);
        call.AddHeader(CustomerKey.Prefix + "key-MD5", key.Md5);
    }

    private static void WriteHeaders(S3Call call, BucketSettings settings, IOpenFile file, CustomerKey? key)
    {
        var headers = call.Response.Headers;
        call.Response.ContentType = file.ContentType;
        headers.ETag = $"\"{ObjectFacts.ETagOf(file)}\"";
        headers.LastModified = file.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
        headers.AcceptRanges = "bytes";
        WriteSealed(call, key);
        WriteVersion(call, settings, file);
        foreach (var (name, value) in file.Facts.Metadata.Where(pair => ObjectFacts.IsHeader(pair.Key)))
        {
            headers[name] = value;
        }

        if (file.Lock.Mode != LockMode.None)
        {
            headers[RequestedLock.Prefix + "mode"] = RequestedLock.TextOf(file.Lock.Mode);
            headers[RequestedLock.Prefix + "retain-until-date"] = RequestedLock.TimeOf(file.Lock.UntilUnixMs);
        }

        if (LockRule.Of(settings) is not null)
        {
            headers[RequestedLock.Prefix + "legal-hold"] = file.Lock.IsHeld ? "ON" : "OFF";
        }

        LifecycleOperations.WriteExpiry(call, settings, call.Target.Key, file.SizeBytes, file.Facts.Tags, file.ModifiedAt);
        if (file.Facts.Tags.Count > 0)
        {
            headers["x-amz-tagging-count"] = file.Facts.Tags.Count.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var name in Overridden)
        {
            if (call.Target.Get("response-" + name) is { } value)
            {
                headers[name] = value;
            }
        }
    }

    private static void WriteChecksum(S3Call call, FileFacts facts)
    {
        foreach (var (name, value) in facts.Metadata.Where(pair => pair.Key.StartsWith(Checksum.HeaderPrefix, StringComparison.Ordinal)))
        {
            call.Response.Headers[name] = value;
            call.Response.Headers["x-amz-checksum-type"] = TypeOf(value);
        }
    }

    private static Task AnswerConditionAsync(S3Call call, ConditionOutcome outcome)
    {
        if (outcome == ConditionOutcome.Failed)
        {
            throw new S3Exception(S3Error.PreconditionFailed);
        }

        call.Response.StatusCode = (int)HttpStatusCode.NotModified;
        return Task.CompletedTask;
    }
}
