using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3.Operations;

/// <summary>Multipart uploads that are not complete: files in a bucket beside the one that they are for, which no user can name.</summary>
/// <remarks>
/// "u/ID" is the upload: its content is the key, what is kept beside it is the finished object's. "p/ID/00001" is a part. A part is cut
/// and sealed like the object, so that completing is a manifest over the parts' chunks. docs/formats/s3.md.
/// </remarks>
internal static class Uploads
{
    public const int PartsMax = 10_000;

    private const int RemovalsAtOnce = 16;

    private const string AlgorithmName = "x-amz-checksum-algorithm", TypeName = "x-amz-checksum-type", LockName = "object-lock";

    public static ObjectKey RecordKey(string bucket, string id) => ObjectKey.OfUpload(bucket, $"u/{id}");

    public static ObjectKey PartKey(string bucket, string id, int number) =>
        ObjectKey.OfUpload(bucket, string.Create(CultureInfo.InvariantCulture, $"p/{id}/{number:D5}"));

    /// <summary>Of the change that completing an upload is, through S3 or the admin interface: it is made once.</summary>
    /// <param name="id">Of an upload that there was: 32 hexadecimal digits.</param>
    public static OperationId OperationOf(string id) => new(Convert.FromHexString(id));

    /// <returns>Its id.</returns>
    public static async Task<string> CreateAsync(S3Call call, FileFacts facts, string? algorithm, string? type, LockWish? wish)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var metadata = facts.Metadata;
        metadata = algorithm is null ? metadata : metadata.SetItem(AlgorithmName, algorithm);
        metadata = type is null ? metadata : metadata.SetItem(TypeName, type);
        metadata = wish is null ? metadata : metadata.SetItem(LockName, RequestedLock.ToText(wish));
        var key = Encoding.UTF8.GetBytes(call.Key.Name);
        var result = await call.Client.PutAsync(
            RecordKey(call.Target.Bucket, id), PipeReader.Create(new ReadOnlySequence<byte>(key)),
            new PutOptions { OnlyIfAbsent = true, Facts = () => facts with { Metadata = metadata } }, call.Aborted);
        S3Outcomes.Require(result.Outcome, result.Detail, S3Error.NoSuchBucket);
        return id;
    }

    /// <summary>The upload that the request names.</summary>
    /// <exception cref="S3Exception">There is none, or it is for another key.</exception>
    public static async Task<Upload> OpenAsync(S3Call call)
    {
        var id = call.Target.Get("uploadId") ?? "";
        var upload = id.Length == 32 && id.All(char.IsAsciiHexDigitLower) ? await TryOpenAsync(call, id) : null;
        return upload?.Name == call.Key.Name ? upload : throw new S3Exception(S3Error.NoSuchUpload);
    }

    /// <returns>Null when it is gone.</returns>
    public static async Task<Upload?> TryOpenAsync(S3Call call, string id)
    {
        var opened = await call.Client.OpenAsync(RecordKey(call.Target.Bucket, id), call.Aborted);
        if (opened.Outcome == DfsOutcome.NotFound)
        {
            return null;
        }

        S3Outcomes.Require(opened.Outcome, opened.Detail, S3Error.NoSuchUpload);
        await using var file = opened.File!;
        var key = await S3Outcomes.ReadAsync(file, ObjectKey.NameBytesMax, call.Aborted);
        return new Upload(
            id, Encoding.UTF8.GetString(key), file.ModifiedAt,
            file.Facts with { Metadata = file.Facts.Metadata.Remove(AlgorithmName).Remove(TypeName).Remove(LockName) },
            file.Facts.Metadata.GetValueOrDefault(AlgorithmName), file.Facts.Metadata.GetValueOrDefault(TypeName),
            file.Facts.Metadata.TryGetValue(LockName, out var wish) ? RequestedLock.OfText(wish) : null);
    }

    /// <summary>All of an upload's parts by their numbers.</summary>
    public static async Task<SortedDictionary<int, FileEntry>> PartsAsync(S3Call call, string id)
    {
        var parts = new SortedDictionary<int, FileEntry>();
        var prefix = $"p/{id}/";
        await foreach (var entry in AllAsync(call, prefix))
        {
            parts[int.Parse(entry.Name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture)] = entry;
        }

        return parts;
    }

    /// <summary>All uploads to the bucket, in the order of their keys and then of their beginnings.</summary>
    public static async Task<List<Upload>> AllAsync(S3Call call)
    {
        var uploads = new List<Upload>();
        await foreach (var entry in AllAsync(call, "u/"))
        {
            if (await TryOpenAsync(call, entry.Name[2..]) is { } upload)
            {
                uploads.Add(upload);
            }
        }

        return [.. uploads.OrderBy(upload => upload.Name, NameOrder.Instance).ThenBy(upload => upload.BegunAt).ThenBy(upload => upload.Id, StringComparer.Ordinal)];
    }

    /// <summary>Takes the parts away, then the upload: if it stops half-way, what is left can be seen and aborted.</summary>
    public static async Task RemoveAsync(S3Call call, string id)
    {
        var parts = await PartsAsync(call, id);
        await Parallel.ForEachAsync(
            parts.Keys, new ParallelOptions { MaxDegreeOfParallelism = RemovalsAtOnce, CancellationToken = call.Aborted },
            async (number, _) => await RemoveAsync(call, PartKey(call.Target.Bucket, id, number)));
        await RemoveAsync(call, RecordKey(call.Target.Bucket, id));
    }

    public static async Task RemoveAsync(S3Call call, ObjectKey key)
    {
        var removed = await call.Client.RemoveAsync(key, call.Aborted);
        if (removed.Outcome != DfsOutcome.NotFound)
        {
            S3Outcomes.Require(removed.Outcome, removed.Detail, S3Error.NoSuchUpload);
        }
    }

    private static async IAsyncEnumerable<FileEntry> AllAsync(S3Call call, string prefix)
    {
        var options = new ListOptions { Prefix = prefix };
        while (true)
        {
            var page = await call.Client.ListAsync(ObjectKey.UploadsOf(call.Target.Bucket), options, call.Aborted);
            S3Outcomes.Require(page.Outcome, page.Detail, S3Error.NoSuchUpload);
            foreach (var entry in page.Entries)
            {
                yield return entry;
            }

            if (!page.IsTruncated)
            {
                yield break;
            }

            options = options with { After = page.Next };
        }
    }
}

/// <summary>A multipart upload that is not complete.</summary>
/// <param name="Name">The key of the object to be.</param>
/// <param name="Facts">What will be kept beside it.</param>
/// <param name="Algorithm">Of the parts' checksums, in lower case; null for none.</param>
/// <param name="Lock">Of the object to be; null for what the bucket says.</param>
/// <param name="ChecksumType">FULL_OBJECT or COMPOSITE; null when it was not said.</param>
internal sealed record Upload(
    string Id, string Name, DateTimeOffset BegunAt, FileFacts Facts, string? Algorithm, string? ChecksumType, LockWish? Lock);
