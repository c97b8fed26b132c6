using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;

namespace Dfs.Client.Http;

/// <summary>The routes of a node's admin interface that concern files and buckets, one method each; docs/formats/admin-api.md.</summary>
/// <remarks>Thread-safe. What a node refuses is thrown, by default as a <see cref="DfsException"/>.</remarks>
public class NodeFiles(NodeHttp http)
{
    private readonly NodeHttp _http = http;

    public Task<AdminAnswer> PutAsync(string bucket, string key, HttpContent content, CancellationToken cancellationToken) =>
        PutAsync(bucket, key, content, PutOptions.Default, cancellationToken);

    public Task<AdminAnswer> PutAsync(
        string bucket, string key, HttpContent content, PutOptions options, CancellationToken cancellationToken) =>
        PutAsync(bucket, key, content, options, withDigest: false, cancellationToken);

    /// <param name="options">Its conditions, its metadata and its source's time; type and size are the content's.</param>
    /// <param name="withDigest">The node keeps the content's MD5, which a listing then has.</param>
    public Task<AdminAnswer> PutAsync(
        string bucket, string key, HttpContent content, PutOptions options, bool withDigest, CancellationToken cancellationToken)
    {
        if (UserMetadata.Refusal(options.Metadata) is { } refusal)
        {
            return Task.FromException<AdminAnswer>(_http.Failure(new DfsException(DfsOutcome.PreconditionFailed, refusal)));
        }

        var request = new HttpRequestMessage(HttpMethod.Put, FileUri(bucket, key)) { Content = content };
        if (options.OnlyIfAbsent)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }

        if (options.OnlyIfVersion is { } version)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        }

        if (options.IsResumed)
        {
            request.Headers.Add(NodeHeaders.Resume, "1");
        }

        if (options.SourceModifiedAt is { } sourceTime)
        {
            request.Headers.Add(NodeHeaders.SourceTime, SourceTime.Format(sourceTime));
        }

        foreach (var (name, value) in options.Metadata)
        {
            request.Headers.Add(UserMetadata.NamePrefix + name, value);
        }

        if (withDigest)
        {
            request.Headers.Add(NodeHeaders.Digest, "md5");
        }

        // So that a refusal is read before the content is sent.
        request.Headers.ExpectContinue = content.Headers.ContentLength is null or > 64 * 1024;
        return _http.AskAsync(request, NodeJson.Default.AdminAnswer, cancellationToken);
    }

    /// <summary>Starts a download; the answer's content is the file, cut off when it could not be finished.</summary>
    public Task<HttpResponseMessage> GetAsync(string bucket, string key, CancellationToken cancellationToken) =>
        GetAsync(bucket, key, null, cancellationToken);

    /// <param name="version">Null is the current one.</param>
    public Task<HttpResponseMessage> GetAsync(string bucket, string key, VersionId? version, CancellationToken cancellationToken) =>
        GetAsync(bucket, key, version, null, null, cancellationToken);

    /// <param name="snapshot">As it was then; null for now.</param>
    /// <param name="range">The part of the file that is wanted, or null for all of it.</param>
    public Task<HttpResponseMessage> GetAsync(
        string bucket, string key, VersionId? version, string? snapshot, RangeHeaderValue? range, CancellationToken cancellationToken) =>
        GetAsync(bucket, key, version, snapshot, range, null, cancellationToken);

    /// <param name="ifVersion">What the range is to be of: another version is refused. Null for whatever is there.</param>
    public Task<HttpResponseMessage> GetAsync(
        string bucket, string key, VersionId? version, string? snapshot, RangeHeaderValue? range, VersionId? ifVersion, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, FileUri(bucket, key) + VersionQuery(version) + SnapshotQuery(snapshot));
        request.Headers.Range = range;
        request.Headers.IfRange = IfVersion(ifVersion);
        return _http.DownloadAsync(request, cancellationToken);
    }

    /// <summary>Starts a download of what a capability shares.</summary>
    public Task<HttpResponseMessage> GetSharedAsync(string capability, RangeHeaderValue? range, CancellationToken cancellationToken) =>
        GetSharedAsync(capability, range, null, cancellationToken);

    /// <param name="ifVersion">What the range is to be of: another version is refused. Null for whatever is there.</param>
    public Task<HttpResponseMessage> GetSharedAsync(
        string capability, RangeHeaderValue? range, VersionId? ifVersion, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/shared") { Content = new StringContent(capability) };
        request.Headers.Range = range;
        request.Headers.IfRange = IfVersion(ifVersion);
        return _http.DownloadAsync(request, cancellationToken);
    }

    public Task<AdminShares> ShareAsync(string bucket, string key, AdminShareWish wish, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/v1/shares?{KeyQuery(bucket, key)}") { Content = JsonContent.Create(wish, NodeJson.Default.AdminShareWish) },
        NodeJson.Default.AdminShares, cancellationToken);

    public Task<AdminShares> SharesAsync(string bucket, string key, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"/v1/shares?{KeyQuery(bucket, key)}"), NodeJson.Default.AdminShares, cancellationToken);

    public Task<AdminAnswer> RevokeAsync(string share, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"/v1/shares/{Uri.EscapeDataString(share)}"), NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<IdentityResult> IdentityAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/identity"), NodeJson.Default.IdentityResult, cancellationToken);

    public Task<AdminAnswer> RemoveAsync(string bucket, string key, CancellationToken cancellationToken) =>
        RemoveAsync(bucket, key, null, cancellationToken);

    /// <param name="version">Null removes the file, or marks it as deleted where versions are kept.</param>
    public Task<AdminAnswer> RemoveAsync(string bucket, string key, VersionId? version, CancellationToken cancellationToken) =>
        _http.AskAsync(
            new HttpRequestMessage(HttpMethod.Delete, FileUri(bucket, key) + VersionQuery(version)),
            NodeJson.Default.AdminAnswer, cancellationToken);

    /// <summary>Removes the file if this is its current version.</summary>
    public Task<AdminAnswer> RemoveCurrentAsync(string bucket, string key, VersionId version, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Delete, FileUri(bucket, key));
        request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        return _http.AskAsync(request, NodeJson.Default.AdminAnswer, cancellationToken);
    }

    public Task<AdminVersions> VersionsAsync(string bucket, string key, int countMax, CancellationToken cancellationToken) =>
        _http.AskAsync(
            new HttpRequestMessage(
                HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/versions?{KeyQuery(bucket, key)}&max={countMax}")),
            NodeJson.Default.AdminVersions, cancellationToken);

    public Task<AdminAnswer> RestoreAsync(string bucket, string key, VersionId version, CancellationToken cancellationToken) =>
        _http.AskAsync(
            new HttpRequestMessage(HttpMethod.Post, $"/v1/restore?{KeyQuery(bucket, key)}{VersionQuery(version)}"),
            NodeJson.Default.AdminAnswer, cancellationToken);

    /// <summary>Makes a file of what another one has; no content moves.</summary>
    /// <param name="version">Of the original; null is the current one.</param>
    public Task<AdminAnswer> CopyAsync(
        string fromBucket, string from, VersionId? version, string bucket, string key, bool onlyIfAbsent, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"/v1/copy?{KeyQuery(bucket, key)}&from-bucket={Uri.EscapeDataString(fromBucket)}&from={Uri.EscapeDataString(from)}{VersionQuery(version)}");
        if (onlyIfAbsent)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }

        return _http.AskAsync(request, NodeJson.Default.AdminAnswer, cancellationToken);
    }

    /// <param name="to">Null is the current version.</param>
    /// <param name="from">Null is the one before it.</param>
    public Task<AdminDiff> DiffAsync(string bucket, string key, VersionId? from, VersionId? to, CancellationToken cancellationToken) =>
        _http.AskAsync(
            new HttpRequestMessage(
                HttpMethod.Get, $"/v1/diff?{KeyQuery(bucket, key)}{VersionQuery(from, "from")}{VersionQuery(to, "to")}"),
            NodeJson.Default.AdminDiff, cancellationToken);

    public Task<AdminListing> ListAsync(string bucket, ListOptions options, CancellationToken cancellationToken) =>
        ListAsync(bucket, null, options, cancellationToken);

    public Task<AdminListing> ListAsync(string bucket, string? snapshot, ListOptions options, CancellationToken cancellationToken) =>
        ListAsync(bucket, snapshot, options, withSourceTimes: false, cancellationToken);

    /// <param name="snapshot">As it was then; null for now.</param>
    /// <param name="withSourceTimes">Also when contents were last changed where they came from, which costs the node a read for each file.</param>
    public Task<AdminListing> ListAsync(
        string bucket, string? snapshot, ListOptions options, bool withSourceTimes, CancellationToken cancellationToken)
    {
        var query = string.Create(
            CultureInfo.InvariantCulture,
            $"bucket={Uri.EscapeDataString(bucket)}&prefix={Uri.EscapeDataString(options.Prefix)}&delimiter={Uri.EscapeDataString(options.Delimiter)}&after={Uri.EscapeDataString(options.After ?? "")}&max={options.CountMax}{(options.WithRemoved ? "&removed=1" : "")}");
        var times = withSourceTimes ? "&source-time=1" : "";
        return _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, $"/v1/files?{query}{times}{SnapshotQuery(snapshot)}"), NodeJson.Default.AdminListing, cancellationToken);
    }

    /// <summary>All pages, one after the other, from the one that is asked for.</summary>
    public async IAsyncEnumerable<AdminListing> ListPagesAsync(
        string bucket, string? snapshot, ListOptions options, bool withSourceTimes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AdminListing page;
        do
        {
            page = await ListAsync(bucket, snapshot, options, withSourceTimes, cancellationToken);
            yield return page;
            options = options with { After = page.Next };
        }
        while (page.IsTruncated);
    }

    public Task<AdminBuckets> BucketsAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/buckets"), NodeJson.Default.AdminBuckets, cancellationToken);

    /// <param name="settings">To make it with, or to change; null for methods that have none.</param>
    public Task<AdminBuckets> BucketAsync(
        HttpMethod method, string bucket, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, $"/v1/bucket?bucket={Uri.EscapeDataString(bucket)}")
        {
            Content = settings is null ? null : JsonContent.Create(settings, NodeJson.Default.IReadOnlyDictionaryStringString),
        };
        return _http.AskAsync(request, NodeJson.Default.AdminBuckets, cancellationToken);
    }

    public Task<SnapshotsResult> SnapshotsAsync(string bucket, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"/v1/snapshots?bucket={Uri.EscapeDataString(bucket)}"), NodeJson.Default.SnapshotsResult, cancellationToken);

    public Task<SnapshotsResult> SnapshotAsync(HttpMethod method, string bucket, string name, CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(method, SnapshotUri(bucket, name, "")), NodeJson.Default.SnapshotsResult, cancellationToken);

    public Task<SnapshotRestoreResult> RestoreSnapshotAsync(string bucket, string name, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Post, SnapshotUri(bucket, name, "/restore")), NodeJson.Default.SnapshotRestoreResult, cancellationToken);

    /// <param name="after">Null for the subscriber's place.</param>
    public Task<AdminChanges> ChangesAsync(
        Subscription subscription, string? after, int countMax, TimeSpan wait, CancellationToken cancellationToken)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"&max={countMax}&wait={(int)wait.TotalSeconds}");
        var position = after is null ? "" : $"&after={Uri.EscapeDataString(after)}";
        return _http.AskAsync(
            new HttpRequestMessage(HttpMethod.Get, SubscriptionUri(subscription) + query + position), NodeJson.Default.AdminChanges, cancellationToken);
    }

    public Task<AdminAnswer> AcknowledgeAsync(Subscription subscription, string position, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Put, $"{SubscriptionUri(subscription)}&position={Uri.EscapeDataString(position)}"),
        NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminAnswer> EndSubscriptionAsync(Subscription subscription, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, SubscriptionUri(subscription)), NodeJson.Default.AdminAnswer, cancellationToken);

    private static string SubscriptionUri(Subscription subscription) =>
        $"/v1/subscription?bucket={Uri.EscapeDataString(subscription.Bucket)}&prefix={Uri.EscapeDataString(subscription.Prefix)}&name={Uri.EscapeDataString(subscription.Subscriber)}";

    private static RangeConditionHeaderValue? IfVersion(VersionId? version) =>
        version is { } wanted ? new RangeConditionHeaderValue(new EntityTagHeaderValue($"\"{wanted}\"")) : null;

    private static string FileUri(string bucket, string key) => $"/v1/file?{KeyQuery(bucket, key)}";

    private static string KeyQuery(string bucket, string key) =>
        $"bucket={Uri.EscapeDataString(bucket)}&key={Uri.EscapeDataString(key)}";

    private static string SnapshotUri(string bucket, string name, string verb) =>
        $"/v1/snapshots/{Uri.EscapeDataString(name)}{verb}?bucket={Uri.EscapeDataString(bucket)}";

    private static string SnapshotQuery(string? snapshot) => snapshot is null ? "" : $"&snapshot={Uri.EscapeDataString(snapshot)}";

    private static string VersionQuery(VersionId? version, string name = "version") => version is { } id ? $"&{name}={id}" : "";
}
