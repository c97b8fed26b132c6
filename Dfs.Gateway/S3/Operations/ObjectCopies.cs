using System.Collections.Immutable;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>CopyObject: a new manifest over the source's chunks; no content moves.</summary>
/// <remarks>
/// An object that is copied onto itself gets other metadata and keeps its content: what was put, or removed, while the copy ran is not undone by it. So its write
/// is for the version that was read, and begins anew with the newer one.
/// </remarks>
internal static class ObjectCopies
{
    public const string SourceHeader = "x-amz-copy-source", SourceOwnerHeader = "x-amz-source-expected-bucket-owner";

    /// <summary>How often a copy onto itself begins anew because the object has changed meanwhile.</summary>
    private const int AttemptsMax = 8;

    public static async Task CopyAsync(S3Call call)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            if (await TryCopyAsync(call))
            {
                return;
            }
        }

        throw new S3Exception(S3Error.SlowDown);
    }

    /// <returns>False when it was to be copied onto itself and is another one by now; nothing was changed or answered.</returns>
    private static async Task<bool> TryCopyAsync(S3Call call)
    {
        var settings = call.Settings;
        var wish = await RequestedLock.OfHeadersAsync(call);
        var (source, version) = ParseSource(call.Header(SourceHeader)!);
        var bucket = await call.FindBucketAsync(source.Bucket, SourceOwnerHeader);
        await using var file = await OpenSourceAsync(call, bucket, source, version);
        using var sealing = RequestedSeal.OfObject(call);
        var given = ObjectFacts.OfRequest(call);
        var replacesMetadata = Replaces(call, "x-amz-metadata-directive");
        var replacesTags = Replaces(call, "x-amz-tagging-directive");
        if (source == call.Key && version is null && !replacesMetadata && !replacesTags && sealing.Seal is null
            && file is not SealedFile && call.Header(ObjectReads.EncryptionHeader) is null)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying(
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata."));
        }

        var facts = file.Facts with
        {
            ContentType = replacesMetadata ? given.ContentType : file.Facts.ContentType,
            Metadata = MetadataOf(given, file.Facts, replacesMetadata),
            Tags = replacesTags ? given.Tags : file.Facts.Tags,
            // What was stored otherwise than through here keeps the ETag that it was shown with.
            ETag = FileFacts.ETagOf(ObjectFacts.ETagOf(file)),
        };
        if (facts.Refusal() is not null)
        {
            throw new S3Exception(S3Error.MetadataTooLarge);
        }

        var options = await ObjectWrites.ConditionsAsync(call) with { Lock = wish };
        var isOntoItself = source == call.Key && version is null && options is { OnlyIfAbsent: false, OnlyIfVersion: null };
        options = isOntoItself ? options with { OnlyIfVersion = file.Version } : options;
        // Its chunks are of use as they are when who reads the copy has the keys of the source.
        var isSame = bucket.Owner.Id == call.Bucket.Owner.Id && file is not SealedFile && sealing.Seal is null;
        facts = sealing.On(isSame ? facts : facts with { Metadata = RequestedSeal.Without(facts.Metadata) });
        var (copied, etag) = isSame
            ? (await call.WaitAsync(call.Client.Compositions.PutAsync(
                call.Key, [new FilePart(source, file.Version)], options with { Facts = () => facts }, call.Aborted)), facts.ETagText)
            : await call.WaitAsync(SendAsync(call, file, options, facts, sealing.Seal));
        if (isOntoItself && copied.Outcome is DfsOutcome.PreconditionFailed or DfsOutcome.NotFound)
        {
            return false;
        }

        S3Outcomes.Require(copied.Outcome, copied.Detail, S3Error.NoSuchKey);
        ObjectReads.WriteSealed(call, sealing.Key);
        ObjectReads.WriteStored(call, settings, copied.Version);
        WriteSourceVersion(call, bucket, file);
        await call.AnswerAsync(Element("CopyObjectResult",
            Element("LastModified", Time(call.Now)), Element("ETag", $"\"{etag}\""),
            facts.Metadata.Where(pair => pair.Key.StartsWith(Checksum.HeaderPrefix, StringComparison.Ordinal))
                .Select(pair => Element(ObjectReads.ElementName(pair.Key), pair.Value))));
        return true;
    }

    /// <summary>Opens the source of a copy, when its conditions hold.</summary>
    /// <exception cref="S3Exception">There is none, or they do not.</exception>
    public static async Task<IOpenFile> OpenSourceAsync(S3Call call, S3Bucket bucket, ObjectKey source, string? version)
    {
        var check = await call.Access.RequireAsync(
            bucket, version is null ? "s3:GetObject" : "s3:GetObjectVersion", AclRight.ObjectRead, source.Name, version);
        var stored = await ObjectReads.OpenAsync(call, bucket, source.Name, version, check);
        IOpenFile file;
        try
        {
            (file, var key) = SealedFile.Open(call, stored, CustomerKey.SourcePrefix);
            key?.Dispose();
        }
        catch (S3Exception)
        {
            await stored.DisposeAsync();
            throw;
        }

        if (Conditions.OfCopySource(call.Header).For(ObjectFacts.ETagOf(file), file.ModifiedAt) == ConditionOutcome.Holds)
        {
            return file;
        }

        await file.DisposeAsync();
        throw new S3Exception(S3Error.PreconditionFailed);
    }

    public static void WriteSourceVersion(S3Call call, S3Bucket bucket, IOpenFile file)
    {
        if (bucket.Settings.IsVersioned)
        {
            call.AddHeader("x-amz-copy-source-version-id", ObjectReads.TextOf(file.Version, file.IsNull));
        }
    }

    /// <summary>Reads [/]bucket/key[?versionId=…], percent-encoded.</summary>
    public static (ObjectKey Key, string? Version) ParseSource(string text)
    {
        const string VersionQuery = "?versionId=";
        var mark = text.IndexOf(VersionQuery, StringComparison.Ordinal);
        var isDecoded = S3Target.TryDecode((mark < 0 ? text : text[..mark]).TrimStart('/'), out var path);
        var slash = isDecoded ? path!.IndexOf('/', StringComparison.Ordinal) : -1;
        return slash > 0 && slash < path!.Length - 1
            ? (S3Call.KeyOf(path[..slash], path[(slash + 1)..]), mark < 0 ? null : text[(mark + VersionQuery.Length)..])
            : throw new S3Exception(S3Error.InvalidArgument.Saying("x-amz-copy-source is bucket/key in percent encoding."));
    }

    // Another owner's chunks are sealed with keys that this one has not. What was or becomes encrypted for a client has another ETag.
    private static async Task<(PutResult Result, string ETag)> SendAsync(S3Call call, IOpenFile file, PutOptions options, FileFacts facts, ContentSeal? seal)
    {
        var isSealed = file is SealedFile || seal is not null;
        var (result, content) = await ContentCopies.SendAsync(
            call, file, new ObjectRange(0, file.SizeBytes, IsPart: false), call.Key, algorithm: null,
            body => options with { Facts = () => isSealed ? facts with { ETag = FileFacts.ETagOf(body.ETag) } : facts }, seal);
        using (content)
        {
            return (result, isSealed ? content.ETag : facts.ETagText);
        }
    }

    // Checksums are the content's, which is the same; the access control list is always the request's.
    private static ImmutableSortedDictionary<string, string> MetadataOf(FileFacts given, FileFacts source, bool replaces)
    {
        var metadata = replaces
            ? given.Metadata.AddRange(source.Metadata.Where(pair => pair.Key.StartsWith(Checksum.HeaderPrefix, StringComparison.Ordinal)))
            : source.Metadata.Remove(ObjectFacts.AclName);
        return given.Metadata.TryGetValue(ObjectFacts.AclName, out var list) ? metadata.SetItem(ObjectFacts.AclName, list) : metadata;
    }

    private static bool Replaces(S3Call call, string header) => call.Header(header)?.ToUpperInvariant() switch
    {
        null or "COPY" => false,
        "REPLACE" => true,
        _ => throw new S3Exception(S3Error.InvalidArgument.Saying($"{header} is COPY or REPLACE.")),
    };
}
