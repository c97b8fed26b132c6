using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Operations;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.Admin;

/// <summary>Uploads in parts, so that a broken connection costs one part; kept as S3's multipart uploads are, docs/formats/s3.md.</summary>
/// <remarks>A part is acknowledged when it is durable. Completing makes a manifest over the parts' chunks: no content moves.</remarks>
internal static class PartUploads
{
    /// <summary>Of the upload that a file came from, so that who asks again after a lost answer is told that it is done.</summary>
    private const string UploadIdName = "upload-id";

    private const int RemovalsAtOnce = 16;

    private static readonly AdminAnswer Gone = new(DfsOutcome.NotFound, "There is no such upload; it was completed or taken back.");

    /// <returns>NotFound when there is no such bucket.</returns>
    public static async Task<AdminUpload> BeginAsync(IDfsClient client, ObjectKey key, string contentType, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var facts = FileFacts.None with { ContentType = contentType };
        if (facts.Refusal() is { } refusal)
        {
            return new AdminUpload(DfsOutcome.PreconditionFailed, refusal, "", []);
        }

        var name = PipeReader.Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(key.Name)));
        var put = await client.PutAsync(
            Uploads.RecordKey(key.Bucket, id), name, new PutOptions { OnlyIfAbsent = true, Facts = () => facts }, cancellationToken);
        return put.Outcome == DfsOutcome.Done ? new AdminUpload(DfsOutcome.Done, "", id, []) : new AdminUpload(put.Outcome, put.Detail, "", []);
    }

    public static async Task<AdminUpload> ShowAsync(IDfsClient client, ObjectKey key, string id, CancellationToken cancellationToken)
    {
        var (_, answer) = await FactsAsync(client, key, id, cancellationToken);
        if (answer.Outcome != DfsOutcome.Done)
        {
            return new AdminUpload(answer.Outcome, answer.Detail, "", []);
        }

        var (parts, listed) = await PartsAsync(client, key.Bucket, id, cancellationToken);
        return listed.Outcome == DfsOutcome.Done
            ? new AdminUpload(DfsOutcome.Done, "", id, [.. parts.Select(part => new AdminPart(part.Key, part.Value.SizeBytes))])
            : new AdminUpload(listed.Outcome, listed.Detail, "", []);
    }

    /// <param name="sizeBytes">Null when the client does not know it; else a body that ends early stores nothing.</param>
    public static async Task<AdminAnswer> PutAsync(
        IDfsClient client, ObjectKey key, string id, int number, PipeReader content, long? sizeBytes, CancellationToken cancellationToken)
    {
        var (_, answer) = await FactsAsync(client, key, id, cancellationToken);
        if (answer.Outcome != DfsOutcome.Done)
        {
            return answer;
        }

        var part = Uploads.PartKey(key.Bucket, id, number);
        var put = await client.PutAsync(part, content, new PutOptions { SizeBytes = sizeBytes, Facts = () => FileFacts.None }, cancellationToken);
        if (put.Outcome != DfsOutcome.Done)
        {
            return new AdminAnswer(put.Outcome, put.Detail);
        }

        // Who took the upload back meanwhile may not have seen this part.
        (_, answer) = await FactsAsync(client, key, id, cancellationToken);
        if (answer.Outcome == DfsOutcome.NotFound)
        {
            await client.RemoveAsync(part, cancellationToken);
        }

        return answer.Outcome == DfsOutcome.Done ? new AdminAnswer(DfsOutcome.Done, "", put.SizeBytes) : answer;
    }

    /// <summary>Makes the file; PreconditionFailed unless exactly the parts from 1 to the last are there and have the size that is wished.</summary>
    /// <param name="options">Conditions on the file.</param>
    public static async Task<AdminAnswer> CompleteAsync(
        IDfsClient client, ObjectKey key, string id, AdminUploadEnd end, PutOptions options, CancellationToken cancellationToken)
    {
        var (facts, answer) = await FactsAsync(client, key, id, cancellationToken);
        if (facts is null)
        {
            return answer.Outcome == DfsOutcome.NotFound ? await AnswerAgainAsync(client, key, id, cancellationToken) : answer;
        }

        var (parts, listed) = await PartsAsync(client, key.Bucket, id, cancellationToken);
        if (listed.Outcome != DfsOutcome.Done)
        {
            return listed;
        }

        if (parts.Count != end.Parts || parts.Keys.LastOrDefault() != end.Parts || parts.Values.Sum(part => part.SizeBytes) != end.SizeBytes)
        {
            return new AdminAnswer(
                DfsOutcome.PreconditionFailed,
                $"{parts.Count} parts of {parts.Values.Sum(part => part.SizeBytes)} bytes are here, not {end.Parts} of {end.SizeBytes}.");
        }

        facts = facts with
        {
            Metadata = facts.Metadata.SetItem(UploadIdName, id).SetItems(PartSizes.Of(parts.Values.Select(part => part.SizeBytes)).ToMetadata()),
        };
        var put = await client.Compositions.PutAsync(
            key, [.. parts.Select(part => new FilePart(Uploads.PartKey(key.Bucket, id, part.Key), part.Value.Version))],
            options with { Facts = () => facts, Operation = Uploads.OperationOf(id) }, cancellationToken);
        if (put.Outcome == DfsOutcome.Done)
        {
            // The file is there and said to be: what cannot be cleared away now, taking it back clears.
            await RemoveAsync(client, key, id, cancellationToken);
        }

        // Two may complete it at once: the other one was first, and takes the parts away.
        return put.WasMadeBefore || put.Outcome == DfsOutcome.NotFound ? await AnswerAgainAsync(client, key, id, cancellationToken) : new AdminAnswer(put.Outcome, put.Detail, put.SizeBytes, put.Version.ToString());
    }

    /// <summary>Takes the parts away, then the upload: if it stops half-way, what is left can be seen and taken away.</summary>
    public static async Task<AdminAnswer> RemoveAsync(IDfsClient client, ObjectKey key, string id, CancellationToken cancellationToken)
    {
        var (parts, listed) = await PartsAsync(client, key.Bucket, id, cancellationToken);
        if (listed.Outcome != DfsOutcome.Done)
        {
            return listed;
        }

        var failed = listed;
        await Parallel.ForEachAsync(
            parts.Keys, new ParallelOptions { MaxDegreeOfParallelism = RemovalsAtOnce, CancellationToken = cancellationToken },
            async (number, _) =>
            {
                var removed = await client.RemoveAsync(Uploads.PartKey(key.Bucket, id, number), cancellationToken);
                if (removed.Outcome is not (DfsOutcome.Done or DfsOutcome.NotFound))
                {
                    failed = new AdminAnswer(removed.Outcome, removed.Detail);
                }
            });
        if (failed.Outcome != DfsOutcome.Done)
        {
            return failed;
        }

        var result = await client.RemoveAsync(Uploads.RecordKey(key.Bucket, id), cancellationToken);
        return new AdminAnswer(result.Outcome, result.Detail);
    }

    // A lost answer is asked for again; by then the upload is gone and the file says where it came from.
    private static async Task<AdminAnswer> AnswerAgainAsync(IDfsClient client, ObjectKey key, string id, CancellationToken cancellationToken)
    {
        var opened = await client.OpenAsync(key, cancellationToken);
        if (opened.File is not { } file)
        {
            return opened.Outcome == DfsOutcome.NotFound ? Gone : new AdminAnswer(opened.Outcome, opened.Detail);
        }

        await using (file)
        {
            return file.Facts.Metadata.GetValueOrDefault(UploadIdName) == id
                ? new AdminAnswer(DfsOutcome.Done, "", file.SizeBytes, file.Version.ToString())
                : Gone;
        }
    }

    /// <returns>What will be kept beside the file; null with why, when there is no such upload for the key.</returns>
    private static async Task<(FileFacts? Facts, AdminAnswer Answer)> FactsAsync(
        IDfsClient client, ObjectKey key, string id, CancellationToken cancellationToken)
    {
        var opened = await client.OpenAsync(Uploads.RecordKey(key.Bucket, id), cancellationToken);
        if (opened.File is not { } file)
        {
            return (null, opened.Outcome == DfsOutcome.NotFound ? Gone : new AdminAnswer(opened.Outcome, opened.Detail));
        }

        await using (file)
        {
            var (name, end) = await NameAsync(file, cancellationToken);
            return end.Outcome != DfsOutcome.Done ? (null, new AdminAnswer(end.Outcome, end.Detail))
                : name == key.Name ? (file.Facts, new AdminAnswer(DfsOutcome.Done, ""))
                : (null, Gone);
        }
    }

    private static async Task<(string Name, TransferEnd End)> NameAsync(IOpenFile file, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var pipe = PipeWriter.Create(content, new StreamPipeWriterOptions(leaveOpen: true));
        var end = await file.CopyToAsync(pipe, 0, Math.Min(file.SizeBytes, ObjectKey.NameBytesMax), cancellationToken);
        await pipe.CompleteAsync();
        return (Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length), end);
    }

    private static async Task<(SortedDictionary<int, FileEntry> Parts, AdminAnswer Answer)> PartsAsync(
        IDfsClient client, string bucket, string id, CancellationToken cancellationToken)
    {
        var parts = new SortedDictionary<int, FileEntry>();
        var options = new ListOptions { Prefix = $"p/{id}/" };
        while (true)
        {
            var page = await client.ListAsync(ObjectKey.UploadsOf(bucket), options, cancellationToken);
            foreach (var entry in page.Entries)
            {
                parts[int.Parse(entry.Name.AsSpan(options.Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture)] = entry;
            }

            if (page.Outcome != DfsOutcome.Done || !page.IsTruncated)
            {
                return (parts, new AdminAnswer(page.Outcome, page.Detail));
            }

            options = options with { After = page.Next };
        }
    }
}
