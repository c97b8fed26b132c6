using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>CompleteMultipartUpload: one manifest over the chunks of all parts; no content moves.</summary>
/// <remarks>
/// An upload makes one version, however many complete it at once: its id is that of the change (<see cref="PutOptions.Operation"/>), so who comes later finds it made,
/// also when the object was replaced or removed since, and is told what the first has made.
/// </remarks>
internal static class CompleteOperation
{
    /// <summary>5 MiB: what all parts but the last have at least.</summary>
    private const long PartBytesMin = 5 * 1024 * 1024;

    /// <summary>Of the upload that an object came from, so that a client that asks again after a lost answer is told that it is done.</summary>
    private const string UploadIdName = "upload-id";

    public static async Task CompleteAsync(S3Call call)
    {
        var settings = call.Settings;
        var wish = await call.XmlAsync("CompleteMultipartUpload", hasChecksum: false);
        Upload upload;
        try
        {
            upload = await Uploads.OpenAsync(call);
        }
        catch (S3Exception gone) when (gone.Error == S3Error.NoSuchUpload)
        {
            await AnswerAgainAsync(call, settings);
            return;
        }

        try
        {
            await CompleteAsync(call, settings, wish, upload);
        }
        catch (S3Exception gone) when (gone.Error.Code == S3Error.InvalidPart.Code)
        {
            // Who was first takes the parts away.
            if (!await TryAnswerAgainAsync(call, settings))
            {
                throw;
            }
        }
    }

    private static async Task CompleteAsync(S3Call call, BucketSettings settings, XElement wish, Upload upload)
    {
        var listed = wish.Children("Part").Select(part => PartOf(part)).ToList();
        if (listed.Count is 0 or > Uploads.PartsMax)
        {
            throw new S3Exception(S3Error.MalformedXml);
        }

        var parts = Chosen(listed, await call.WaitAsync(Uploads.PartsAsync(call, upload.Id)));
        var options = await ObjectWrites.ConditionsAsync(call);
        var checksum = await ChecksumAsync(call, upload, listed, parts);
        var facts = upload.Facts with
        {
            ETag = FileFacts.ETagOf(ETagOf(parts)),
            Metadata = upload.Facts.Metadata.SetItem(UploadIdName, upload.Id).SetItems(PartSizes.Of(parts.Select(part => part.SizeBytes)).ToMetadata()),
        };
        facts = facts.Metadata.ContainsKey(ContentSeal.Name)
            ? facts with { Metadata = facts.Metadata.SetItem(SealedParts.Name, new SealedParts([.. listed.Select((part, index) => (part.Number, parts[index].SizeBytes))]).ToText()) }
            : facts;
        facts = checksum is { } check ? facts with { Metadata = facts.Metadata.SetItem(check.Header, check.Value) } : facts;
        if (facts.Refusal() is not null)
        {
            throw new S3Exception(S3Error.MetadataTooLarge);
        }

        var stored = await call.WaitAsync(call.Client.Compositions.PutAsync(
            call.Key, [.. listed.Select((part, index) => new FilePart(Uploads.PartKey(call.Target.Bucket, upload.Id, part.Number), parts[index].Version))],
            options with { Facts = () => facts, Lock = upload.Lock, Operation = Uploads.OperationOf(upload.Id) }, call.Aborted));
        S3Outcomes.Require(stored.Outcome, stored.Detail, S3Error.InvalidPart);
        // The object is there and said to be: what cannot be cleared away now, an abort clears.
        await call.WaitAsync(Uploads.RemoveAsync(call, upload.Id));
        if (stored.WasMadeBefore)
        {
            await AnswerAgainAsync(call, settings);
            return;
        }

        ObjectReads.WriteSealed(call);
        ObjectReads.WriteStored(call, settings, stored.Version);
        await AnswerAsync(call, facts);
    }

    private static async Task AnswerAgainAsync(S3Call call, BucketSettings settings)
    {
        if (!await TryAnswerAgainAsync(call, settings))
        {
            throw new S3Exception(S3Error.NoSuchUpload);
        }
    }

    /// <returns>False when the object is not of this upload, or not any more.</returns>
    private static async Task<bool> TryAnswerAgainAsync(S3Call call, BucketSettings settings)
    {
        var opened = await call.Client.OpenAsync(call.Key, call.Aborted);
        if (opened.File is not { } file)
        {
            return false;
        }

        await using (file)
        {
            var isOfThis = file.Facts.Metadata.GetValueOrDefault(UploadIdName) == call.Target.Get("uploadId");
            if (isOfThis)
            {
                ObjectReads.WriteVersion(call, settings, file);
                await AnswerAsync(call, file.Facts);
            }

            return isOfThis;
        }
    }

    private static Task AnswerAsync(S3Call call, FileFacts facts) => call.AnswerAsync(Element("CompleteMultipartUploadResult",
        Element("Location", $"{call.Http.Request.Scheme}://{call.Http.Request.Host}/{call.Target.Bucket}/{Signing.UriCode.Encode(call.Target.Key, keepsSlash: true)}"),
        Element("Bucket", call.Target.Bucket), Element("Key", call.Target.Key), Element("ETag", $"\"{facts.ETagText}\""),
        facts.Metadata.Where(pair => pair.Key.StartsWith(Checksum.HeaderPrefix, StringComparison.Ordinal)).SelectMany(pair => new[]
        {
            Element(ObjectReads.ElementName(pair.Key), pair.Value),
            Element("ChecksumType", ObjectReads.TypeOf(pair.Value)),
        })));

    internal static ListedPart PartOf(XElement part)
    {
        var checksum = part.Elements().FirstOrDefault(child => child.Name.LocalName.StartsWith("Checksum", StringComparison.Ordinal));
        return int.TryParse(part.Text("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && part.Text("ETag") is { } etag
            ? new ListedPart(number, etag.Trim('"'), checksum?.Value)
            : throw new S3Exception(S3Error.MalformedXml);
    }

    private static List<FileEntry> Chosen(List<ListedPart> listed, SortedDictionary<int, FileEntry> parts)
    {
        var chosen = new List<FileEntry>();
        foreach (var (index, part) in listed.Index())
        {
            if (index > 0 && part.Number <= listed[index - 1].Number)
            {
                throw new S3Exception(S3Error.InvalidPartOrder);
            }

            if (!parts.TryGetValue(part.Number, out var entry) || !entry.ETag.Equals(part.ETag, StringComparison.OrdinalIgnoreCase))
            {
                throw new S3Exception(S3Error.InvalidPart);
            }

            chosen.Add(entry);
        }

        return chosen.SkipLast(1).Any(part => part.SizeBytes < PartBytesMin) ? throw new S3Exception(S3Error.EntityTooSmall) : chosen;
    }

    private static string ETagOf(List<FileEntry> parts)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        parts.ForEach(part => md5.AppendData(Convert.FromHexString(part.ETag)));
        return $"{Convert.ToHexStringLower(md5.GetHashAndReset())}-{parts.Count}";
    }

    /// <summary>Of the object, from those of its parts; compared with what the client says of both.</summary>
    private static async Task<(string Header, string Value)?> ChecksumAsync(
        S3Call call, Upload upload, List<ListedPart> listed, List<FileEntry> parts)
    {
        if (upload.Algorithm is not { } algorithm)
        {
            return null;
        }

        var header = Checksum.HeaderPrefix + algorithm;
        var checks = new List<(byte[] Check, long SizeBytes)>();
        foreach (var (index, part) in listed.Index())
        {
            var opened = await call.Client.OpenAsync(Uploads.PartKey(call.Target.Bucket, upload.Id, part.Number), call.Aborted);
            S3Outcomes.Require(opened.Outcome, opened.Detail, S3Error.InvalidPart);
            await using var file = opened.File!;
            if (!file.Facts.Metadata.TryGetValue(header, out var kept) || (part.Checksum is { } said && said != kept))
            {
                throw new S3Exception(S3Error.InvalidPart.Saying("A part does not have the checksum that the upload was begun with."));
            }

            checks.Add((Convert.FromBase64String(kept), parts[index].SizeBytes));
        }

        var isFull = (upload.ChecksumType ?? UploadOperations.DefaultType(algorithm)) == "FULL_OBJECT";
        var value = isFull ? CombinedChecksum.Full(algorithm, checks)! : CombinedChecksum.Composite(algorithm, [.. checks.Select(part => part.Check)]);
        return call.Header(header) is not { } expected || expected == value || (!isFull && $"{expected}-{checks.Count}" == value)
            ? (header, value)
            : throw new S3Exception(S3Error.BadDigest);
    }

    internal sealed record ListedPart(int Number, string ETag, string? Checksum);
}
