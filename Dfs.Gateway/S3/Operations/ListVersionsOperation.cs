using System.Xml.Linq;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>ListObjectVersions: the names of a bucket, removed ones too, each with its history, newest first.</summary>
/// <remarks>A bucket that keeps no versions has one of each, which is called "null".</remarks>
internal static class ListVersionsOperation
{
    private const int HistoriesAtOnce = 16;

    public static async Task ListAsync(S3Call call)
    {
        var settings = call.Settings;
        var target = call.Target;
        var encode = ListOperations.EncoderOf(target);
        var countMax = ListOperations.CountOf(target.Get("max-keys"), "max-keys");
        var (prefix, delimiter) = (target.Get("prefix") ?? "", target.Get("delimiter") ?? "");
        var (keyMarker, versionMarker) = (target.Get("key-marker") ?? "", target.Get("version-id-marker") ?? "");
        var rows = new List<Row>();
        if (versionMarker.Length > 0 && call.MayName(call.Bucket.Name, keyMarker))
        {
            rows.AddRange((await HistoryAsync(call, settings, keyMarker)).SkipWhile(row => row.Version!.Id != versionMarker).Skip(1));
        }

        var page = await call.Client.ListAsync(
            target.Bucket,
            new ListOptions { Prefix = prefix, Delimiter = delimiter, After = keyMarker is "" ? null : keyMarker, CountMax = countMax, WithRemoved = true, Within = call.GrantedNames },
            call.Aborted);
        S3Outcomes.Require(page.Outcome, page.Detail, S3Error.NoSuchBucket);
        await AddAsync(call, settings, page, rows, countMax);
        var shown = rows.Take(countMax).ToList();
        var isTruncated = countMax > 0 && (rows.Count > countMax || page.IsTruncated);
        await call.AnswerAsync(Element("ListVersionsResult",
            Element("Name", target.Bucket), Element("Prefix", encode(prefix)), Element("KeyMarker", encode(keyMarker)),
            Element("VersionIdMarker", versionMarker), Element("MaxKeys", countMax),
            delimiter.Length > 0 ? Element("Delimiter", encode(delimiter)) : null,
            target.Has("encoding-type") ? Element("EncodingType", "url") : null,
            Element("IsTruncated", isTruncated),
            isTruncated ? Element("NextKeyMarker", encode(shown[^1].Name)) : null,
            isTruncated && shown[^1].Version is { } last ? Element("NextVersionIdMarker", last.Id) : null,
            shown.Select(row => ElementOf(call, row, encode))));
    }

    private static async Task AddAsync(S3Call call, BucketSettings settings, ListPage page, List<Row> rows, int countMax)
    {
        var names = page.Entries.Select(entry => (entry.Name, Entry: (FileEntry?)entry))
            .Concat(page.CommonPrefixes.Select(common => (Name: common, Entry: (FileEntry?)null)))
            .OrderBy(item => item.Name, NameOrder.Instance);
        foreach (var some in names.Chunk(HistoriesAtOnce))
        {
            if (rows.Count > countMax)
            {
                return;
            }

            foreach (var history in await Task.WhenAll(some.Select(item => item.Entry is { } entry
                ? HistoryAsync(call, settings, entry)
                : Task.FromResult<IReadOnlyList<Row>>([new Row(item.Name, null)]))))
            {
                rows.AddRange(history);
            }
        }
    }

    private static Task<IReadOnlyList<Row>> HistoryAsync(S3Call call, BucketSettings settings, FileEntry entry) => settings.IsVersioned
        ? HistoryAsync(call, settings, entry.Name)
        : Task.FromResult<IReadOnlyList<Row>>(entry.IsRemoved
            ? []
            : [new Row(entry.Name, new Version("null", IsLatest: true, IsMarker: false, entry.SizeBytes, entry.ModifiedAt, ObjectFacts.ETagOf(entry.ETag, entry.Version)))]);

    private static async Task<IReadOnlyList<Row>> HistoryAsync(S3Call call, BucketSettings settings, string name)
    {
        if (!settings.IsVersioned)
        {
            return [];
        }

        var found = await call.Client.Versions.ListAsync(S3Call.KeyOf(call.Target.Bucket, name), int.MaxValue, call.Aborted);
        if (found.Outcome == DfsOutcome.NotFound)
        {
            return [];
        }

        S3Outcomes.Require(found.Outcome, found.Detail, S3Error.NoSuchKey);
        return [.. found.Versions.Select((version, index) => new Row(name, new Version(
            ObjectReads.TextOf(version.Version, version.IsNull), index == 0, version.IsDeleteMarker, version.SizeBytes, version.ModifiedAt,
            ObjectFacts.ETagOf(version.ETag, version.Version))))];
    }

    private static XElement ElementOf(S3Call call, Row row, Func<string, string> encode) => row.Version is not { } version
        ? Element("CommonPrefixes", Element("Prefix", encode(row.Name)))
        : Element(version.IsMarker ? "DeleteMarker" : "Version",
            Element("Key", encode(row.Name)), Element("VersionId", version.Id), Element("IsLatest", version.IsLatest),
            Element("LastModified", Time(version.ModifiedAt)),
            version.IsMarker ? null : Element("ETag", $"\"{version.ETag}\""),
            version.IsMarker ? null : Element("Size", version.SizeBytes),
            version.IsMarker ? null : Element("StorageClass", "STANDARD"),
            call.OwnerElement());

    /// <param name="Version">Null for a common prefix.</param>
    private sealed record Row(string Name, Version? Version);

    private sealed record Version(string Id, bool IsLatest, bool IsMarker, long SizeBytes, DateTimeOffset ModifiedAt, string ETag);
}
