using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Text;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Does what the lifecycle rules of an owner's buckets say, which <see cref="LifecycleRules"/> decides.</summary>
/// <remarks>
/// Through the client that everybody uses: a file that was stored again meanwhile stays, because its removal names the version that was judged, and what is
/// locked stays. Nodes of one owner may do it at the same time. While a bucket has snapshots, its older versions stay. Thread-safe.
/// </remarks>
/// <param name="clusterNow">What time it is by most of the nodes; while it is not known nothing is done.</param>
public sealed class LifecyclePass(IDfsClient client, Func<CancellationToken, Task<DateTimeOffset?>> clusterNow)
{
    /// <summary>Four files at once: it is in no hurry, and leaves the disks to clients.</summary>
    private const int FilesAtOnceMax = 4;

    /// <returns>How many files, versions and uploads were let go.</returns>
    /// <exception cref="TransferException">Locked, or no quorum somewhere.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var listed = await client.Buckets.ListAsync(cancellationToken);
        Require(listed.Outcome, listed.Detail);
        var ruled = listed.Buckets.Where(bucket => LifecycleRules.Of(bucket.Settings) is { } rules && rules.Rules.Any(rule => rule.IsEnabled)).ToList();
        if (ruled.Count == 0 || await clusterNow(cancellationToken) is not { } now)
        {
            return 0;
        }

        var gone = 0L;
        foreach (var bucket in ruled)
        {
            var rules = LifecycleRules.Of(bucket.Settings)!;
            gone += await EachAsync(
                bucket.Name, new ListOptions { WithRemoved = bucket.Settings.IsVersioned },
                (file, token) => rules.Concerns(file.Name) ? ExpireAsync(bucket, rules, file, now.ToUnixTimeMilliseconds(), token) : Task.FromResult(0L), cancellationToken);
            gone += await EachAsync(
                ObjectKey.UploadsOf(bucket.Name), new ListOptions { Prefix = UploadPrefix },
                (upload, token) => AbortAsync(bucket.Name, rules, upload, now.ToUnixTimeMilliseconds(), token), cancellationToken);
        }

        return gone;
    }

    /// <summary>Of what is kept of an upload, and of its parts; docs/formats/s3.md.</summary>
    private const string UploadPrefix = "u/", PartPrefix = "p/";

    private async Task<long> ExpireAsync(BucketEntry bucket, LifecycleRules rules, FileEntry file, long nowUnixMs, CancellationToken cancellationToken)
    {
        var key = ObjectKey.TryCreate(bucket.Name, file.Name, out var made, out var refusal) ? made : throw new InvariantException(refusal);
        var gone = 0L;
        foreach (var step in rules.Due(file.Name, await VersionsAsync(bucket, rules, key, file, cancellationToken), nowUnixMs))
        {
            var removed = step.IsCurrent
                ? await client.Versions.RemoveCurrentAsync(key, step.Version, cancellationToken)
                : await client.Versions.RemoveAsync(key, step.Version, cancellationToken);
            gone += Count(removed);
        }

        return gone;
    }

    private async Task<IReadOnlyList<LifecycleVersion>> VersionsAsync(
        BucketEntry bucket, LifecycleRules rules, ObjectKey key, FileEntry file, CancellationToken cancellationToken)
    {
        IReadOnlyList<VersionEntry> entries =
            [new(file.Version, file.IsRemoved, file.SizeBytes, file.ModifiedAt, StoredBytes: 0)];
        if (bucket.Settings.IsVersioned && (rules.AsksHistory || file.IsRemoved))
        {
            var listed = await client.Versions.ListAsync(key, int.MaxValue, cancellationToken);
            if (listed.Outcome == DfsOutcome.NotFound)
            {
                return [];
            }

            Require(listed.Outcome, listed.Detail);
            // A snapshot may need what is behind the current version.
            entries = bucket.Settings.Snapshots.All.IsEmpty ? listed.Versions : listed.Versions is [{ IsDeleteMarker: true }, _, ..] ? [] : [.. listed.Versions.Take(1)];
        }

        var versions = new List<LifecycleVersion>();
        foreach (var entry in entries)
        {
            var tags = rules.AsksTagsOf(key.Name) && !entry.IsDeleteMarker ? await TagsAsync(key, entry.Version, cancellationToken) : FileFacts.NoPairs;
            versions.Add(new LifecycleVersion(
                entry.Version, entry.IsDeleteMarker, entry.SizeBytes, entry.ModifiedAt.ToUnixTimeMilliseconds(), tags));
        }

        return versions;
    }

    private async Task<ImmutableSortedDictionary<string, string>> TagsAsync(
        ObjectKey key, VersionId version, CancellationToken cancellationToken)
    {
        var opened = await client.Versions.OpenAsync(key, version, cancellationToken);
        if (opened.File is not { } file)
        {
            // Gone since: its removal will find nothing.
            return opened.Outcome == DfsOutcome.NotFound ? FileFacts.NoPairs : throw new TransferException(opened.Outcome, opened.Detail);
        }

        await using (file)
        {
            return file.Facts.Tags;
        }
    }

    // Its parts first: if it stops half-way, what is left can be seen and aborted.
    private async Task<long> AbortAsync(string bucket, LifecycleRules rules, FileEntry upload, long nowUnixMs, CancellationToken cancellationToken)
    {
        var record = ObjectKey.OfUpload(bucket, upload.Name);
        if (await NameAsync(record, cancellationToken) is not { } name || !rules.IsAbortDue(name, upload.ModifiedAt.ToUnixTimeMilliseconds(), nowUnixMs))
        {
            return 0;
        }

        await EachAsync(
            ObjectKey.UploadsOf(bucket), new ListOptions { Prefix = $"{PartPrefix}{upload.Name[UploadPrefix.Length..]}/" },
            async (part, token) => Count(await client.RemoveAsync(ObjectKey.OfUpload(bucket, part.Name), token)), cancellationToken);
        return Count(await client.RemoveAsync(record, cancellationToken));
    }

    /// <returns>The key that an upload is for; null when it is gone.</returns>
    private async Task<string?> NameAsync(ObjectKey record, CancellationToken cancellationToken)
    {
        var opened = await client.OpenAsync(record, cancellationToken);
        if (opened.File is not { } file)
        {
            return opened.Outcome == DfsOutcome.NotFound ? null : throw new TransferException(opened.Outcome, opened.Detail);
        }

        await using (file)
        {
            using var content = new MemoryStream();
            var writer = PipeWriter.Create(content, new StreamPipeWriterOptions(leaveOpen: true));
            var end = await file.CopyToAsync(writer, 0, ObjectKey.NameBytesMax, cancellationToken);
            await writer.CompleteAsync();
            Require(end.Outcome, end.Detail);
            return Encoding.UTF8.GetString(content.ToArray());
        }
    }

    private async Task<long> EachAsync(
        string bucket, ListOptions options, Func<FileEntry, CancellationToken, Task<long>> act, CancellationToken cancellationToken)
    {
        var gone = 0L;
        while (true)
        {
            var page = await client.ListAsync(bucket, options, cancellationToken);
            Require(page.Outcome, page.Detail);
            await Parallel.ForEachAsync(
                page.Entries, new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnceMax, CancellationToken = cancellationToken },
                async (entry, token) => Interlocked.Add(ref gone, await act(entry, token)));
            if (!page.IsTruncated)
            {
                return gone;
            }

            options = options with { After = page.Next };
        }
    }

    // Stored again, taken out by another node, or locked: it is not to go, or gone.
    private static long Count(RemoveResult removed)
    {
        if (removed.Outcome is DfsOutcome.NotFound or DfsOutcome.PreconditionFailed or DfsOutcome.NotAllowed)
        {
            return 0;
        }

        Require(removed.Outcome, removed.Detail);
        return 1;
    }

    private static void Require(DfsOutcome outcome, string detail)
    {
        if (outcome != DfsOutcome.Done)
        {
            throw new TransferException(outcome, detail);
        }
    }
}
