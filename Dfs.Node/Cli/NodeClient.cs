using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dfs.Actors.Client;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary>The command line's side of the admin interface.</summary>
/// <remarks>Every failure is a <see cref="CliException"/> that says what to do.</remarks>
public sealed class NodeClient : IDisposable
{
    private const string AccessKeysPath = "/v1/access-keys", TokensPath = "/v1/access-tokens";

    private readonly HttpClient _http;
    private readonly NodeTls _tls;

    /// <param name="owner">Name or id; empty for the node's first.</param>
    public NodeClient(Uri node, string token, string owner = "")
        : this(node, token, owner, NodeTls.OfMachine())
    {
    }

    /// <param name="tls">Whom it believes where the address begins with https.</param>
    internal NodeClient(Uri node, string token, string owner, NodeTls tls)
    {
        _tls = tls;
        _http = new HttpClient(tls.CreateHandler()) { BaseAddress = node, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (owner.Length > 0)
        {
            _http.DefaultRequestHeaders.Add(AdminApi.OwnerHeader, owner);
        }
    }

    public Task<AdminAnswer> PutAsync(string bucket, string key, HttpContent content, CancellationToken cancellationToken) =>
        PutAsync(bucket, key, content, PutOptions.Default, cancellationToken);

    public Task<AdminAnswer> PutAsync(
        string bucket, string key, HttpContent content, PutOptions options, CancellationToken cancellationToken) =>
        PutAsync(bucket, key, content, options, withDigest: false, cancellationToken);

    /// <param name="options">Its conditions and its source's time; type and size are the content's.</param>
    /// <param name="withDigest">The node keeps the content's MD5, which a listing then has.</param>
    public Task<AdminAnswer> PutAsync(
        string bucket, string key, HttpContent content, PutOptions options, bool withDigest, CancellationToken cancellationToken)
    {
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
            request.Headers.Add(AdminApi.ResumeHeader, "1");
        }

        if (options.SourceModifiedAt is { } sourceTime)
        {
            request.Headers.Add(AdminApi.SourceTimeHeader, SourceTime.Format(sourceTime));
        }

        if (withDigest)
        {
            request.Headers.Add(AdminApi.DigestHeader, "md5");
        }

        // So that a refusal is read before the content is sent.
        request.Headers.ExpectContinue = content.Headers.ContentLength is null or > 64 * 1024;
        return AskAsync(request, AdminJson.Default.AdminAnswer, cancellationToken);
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
        string bucket, string key, VersionId? version, string? snapshot, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, FileUri(bucket, key) + VersionQuery(version) + SnapshotQuery(snapshot));
        request.Headers.Range = range;
        return DownloadAsync(request, cancellationToken);
    }

    /// <summary>Starts a download of what a capability shares.</summary>
    public Task<HttpResponseMessage> GetSharedAsync(string capability, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/shared") { Content = new StringContent(capability) };
        request.Headers.Range = range;
        return DownloadAsync(request, cancellationToken);
    }

    public Task<AdminShares> ShareAsync(string bucket, string key, AdminShareWish wish, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/v1/shares?{KeyQuery(bucket, key)}") { Content = JsonContent.Create(wish, AdminJson.Default.AdminShareWish) },
        AdminJson.Default.AdminShares, cancellationToken);

    public Task<AdminShares> SharesAsync(string bucket, string key, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"/v1/shares?{KeyQuery(bucket, key)}"), AdminJson.Default.AdminShares, cancellationToken);

    public Task<AdminAnswer> RevokeAsync(string share, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"/v1/shares/{Uri.EscapeDataString(share)}"), AdminJson.Default.AdminAnswer, cancellationToken);

    public Task<IdentityResult> IdentityAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/identity"), AdminJson.Default.IdentityResult, cancellationToken);

    private async Task<HttpResponseMessage> DownloadAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await SendAsync(request, cancellationToken);
        if (response.StatusCode == (request.Headers.Range is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent))
        {
            return response;
        }

        using (response)
        {
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                throw new CliException(ExitCode.Usage, $"The file has {response.Content.Headers.ContentRange?.Length ?? 0:N0} bytes; the range begins behind them.");
            }

            throw await RefusalAsync(response, cancellationToken);
        }
    }

    public Task<AdminAnswer> RemoveAsync(string bucket, string key, CancellationToken cancellationToken) =>
        RemoveAsync(bucket, key, null, cancellationToken);

    /// <param name="version">Null removes the file, or marks it as deleted where versions are kept.</param>
    public Task<AdminAnswer> RemoveAsync(string bucket, string key, VersionId? version, CancellationToken cancellationToken) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Delete, FileUri(bucket, key) + VersionQuery(version)),
            AdminJson.Default.AdminAnswer, cancellationToken);

    /// <summary>Removes the file if this is its current version.</summary>
    public Task<AdminAnswer> RemoveCurrentAsync(string bucket, string key, VersionId version, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Delete, FileUri(bucket, key));
        request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        return AskAsync(request, AdminJson.Default.AdminAnswer, cancellationToken);
    }

    public Task<AdminVersions> VersionsAsync(string bucket, string key, int countMax, CancellationToken cancellationToken) =>
        AskAsync(
            new HttpRequestMessage(
                HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/versions?{KeyQuery(bucket, key)}&max={countMax}")),
            AdminJson.Default.AdminVersions, cancellationToken);

    public Task<AdminAnswer> RestoreAsync(string bucket, string key, VersionId version, CancellationToken cancellationToken) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Post, $"/v1/restore?{KeyQuery(bucket, key)}{VersionQuery(version)}"),
            AdminJson.Default.AdminAnswer, cancellationToken);

    /// <param name="to">Null is the current version.</param>
    /// <param name="from">Null is the one before it.</param>
    public Task<AdminDiff> DiffAsync(string bucket, string key, VersionId? from, VersionId? to, CancellationToken cancellationToken) =>
        AskAsync(
            new HttpRequestMessage(
                HttpMethod.Get, $"/v1/diff?{KeyQuery(bucket, key)}{VersionQuery(from, "from")}{VersionQuery(to, "to")}"),
            AdminJson.Default.AdminDiff, cancellationToken);

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
            $"bucket={Uri.EscapeDataString(bucket)}&prefix={Uri.EscapeDataString(options.Prefix)}&delimiter={Uri.EscapeDataString(options.Delimiter)}&after={Uri.EscapeDataString(options.After ?? "")}&max={options.CountMax}");
        var times = withSourceTimes ? "&source-time=1" : "";
        return AskAsync(new HttpRequestMessage(HttpMethod.Get, $"/v1/files?{query}{times}{SnapshotQuery(snapshot)}"), AdminJson.Default.AdminListing, cancellationToken);
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

    /// <summary>Makes an access key for the S3 endpoint.</summary>
    public Task<AdminAccessKey> CreateAccessKeyAsync(AdminKeyWish wish, CancellationToken cancellationToken) =>
        AskAsync(WishFor(AccessKeysPath, wish), AdminJson.Default.AdminAccessKey, cancellationToken);

    /// <param name="after">The last one of the page before; null begins.</param>
    public Task<AdminAccessKeys> AccessKeysAsync(string? after, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"{AccessKeysPath}?after={Uri.EscapeDataString(after ?? "")}"),
        AdminJson.Default.AdminAccessKeys, cancellationToken);

    public Task<AdminAnswer> RevokeAccessKeyAsync(string accessKey, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"{AccessKeysPath}/{Uri.EscapeDataString(accessKey)}"),
        AdminJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminAccessToken> CreateTokenAsync(AdminKeyWish wish, CancellationToken cancellationToken) =>
        AskAsync(WishFor(TokensPath, wish), AdminJson.Default.AdminAccessToken, cancellationToken);

    /// <param name="after">The last one of the page before; null begins.</param>
    public Task<AdminAccessTokens> TokensAsync(string? after, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"{TokensPath}?after={Uri.EscapeDataString(after ?? "")}"),
        AdminJson.Default.AdminAccessTokens, cancellationToken);

    public Task<AdminAnswer> RevokeTokenAsync(string id, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"{TokensPath}/{Uri.EscapeDataString(id)}"),
        AdminJson.Default.AdminAnswer, cancellationToken);

    /// <summary>What the token opens that this client shows.</summary>
    public Task<AdminAccess> AccessAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/access"), AdminJson.Default.AdminAccess, cancellationToken);

    public Task<AdminBuckets> BucketsAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/buckets"), AdminJson.Default.AdminBuckets, cancellationToken);

    /// <param name="settings">To make it with, or to change; null for methods that have none.</param>
    public Task<AdminBuckets> BucketAsync(
        HttpMethod method, string bucket, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, $"/v1/bucket?bucket={Uri.EscapeDataString(bucket)}")
        {
            Content = settings is null ? null : JsonContent.Create(settings, AdminJson.Default.IReadOnlyDictionaryStringString),
        };
        return AskAsync(request, AdminJson.Default.AdminBuckets, cancellationToken);
    }

    public Task<SnapshotsResult> SnapshotsAsync(string bucket, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"/v1/snapshots?bucket={Uri.EscapeDataString(bucket)}"), AdminJson.Default.SnapshotsResult, cancellationToken);

    public Task<SnapshotsResult> SnapshotAsync(HttpMethod method, string bucket, string name, CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(method, SnapshotUri(bucket, name, "")), AdminJson.Default.SnapshotsResult, cancellationToken);

    public Task<SnapshotRestoreResult> RestoreSnapshotAsync(string bucket, string name, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Post, SnapshotUri(bucket, name, "/restore")), AdminJson.Default.SnapshotRestoreResult, cancellationToken);

    /// <param name="command">drain, undrain or remove.</param>
    public Task<AdminAnswer> LayoutAsync(string command, string node, CancellationToken cancellationToken) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Post, $"/v1/layout/{command}?node={Uri.EscapeDataString(node)}"),
            AdminJson.Default.AdminAnswer, cancellationToken);

    public Task<LayoutPlan> PlanAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/layout/plan"), AdminJson.Default.LayoutPlan, cancellationToken);

    public Task<AdminAnswer> ApplyPlanAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/layout/apply"), AdminJson.Default.AdminAnswer, cancellationToken);

    /// <param name="command">now, pause or resume.</param>
    public Task<ScrubStatus> ScrubAsync(string command, CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/scrub/{command}"), AdminJson.Default.ScrubStatus, cancellationToken);

    /// <param name="command">now, pause or resume.</param>
    public Task<AdminAnswer> RepairAsync(string command, CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/repair/{command}"), AdminJson.Default.AdminAnswer, cancellationToken);

    public Task<GarbageRun> CollectAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/gc"), AdminJson.Default.GarbageRun, cancellationToken);

    /// <param name="replica">Null: any directory that the cluster does not know.</param>
    public Task<TrustAnswer> InviteAsync(TimeSpan lifetime, string? replica, string? note, CancellationToken cancellationToken)
    {
        var query = $"seconds={(long)lifetime.TotalSeconds}&note={Uri.EscapeDataString(note ?? "")}{(replica is null ? "" : $"&node={Uri.EscapeDataString(replica)}")}";
        return AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/invitations?{query}"), AdminJson.Default.TrustAnswer, cancellationToken);
    }

    public Task<IReadOnlyList<InvitationInfo>> InvitationsAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/invitations"), AdminJson.Default.IReadOnlyListInvitationInfo, cancellationToken);

    public Task<TrustAnswer> ExpelAsync(string node, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/v1/peers/expel?node={Uri.EscapeDataString(node)}"), AdminJson.Default.TrustAnswer, cancellationToken);

    public Task<TrustAnswer> WithdrawInvitationAsync(string id, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"/v1/invitations/{Uri.EscapeDataString(id)}"), AdminJson.Default.TrustAnswer, cancellationToken);

    /// <exception cref="CliException">It may not; the sentence says why.</exception>
    public Task<AdminAnswer> CanStopAsync(string node, CancellationToken cancellationToken) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Get, $"/v1/can-stop?node={Uri.EscapeDataString(node)}"),
            AdminJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminEvents> EventsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/events?since={Math.Max(0, since.ToUnixTimeMilliseconds())}")),
            AdminJson.Default.AdminEvents, cancellationToken);

    public Task<NodeStatus> StatusAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/status"), AdminJson.Default.NodeStatus, cancellationToken);

    public Task<AdminOwnerList> OwnersAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/owners"), AdminJson.Default.AdminOwnerList, cancellationToken);

    public Task<AdminAnswer> RotateAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/owner/rotate"), AdminJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminAnswer> LockAsync(CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/owner/lock"), AdminJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminAnswer> UnlockAsync(string passphrase, CancellationToken cancellationToken) => AskAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/owner/unlock") { Content = new StringContent(passphrase) },
        AdminJson.Default.AdminAnswer, cancellationToken);

    public void Dispose() => _http.Dispose();

    // With its length, so that it is told from a request without a body.
    private static HttpRequestMessage WishFor(string path, AdminKeyWish wish) => new(HttpMethod.Post, path)
    {
        Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(wish, AdminJson.Default.AdminKeyWish)),
    };

    private static string FileUri(string bucket, string key) => $"/v1/file?{KeyQuery(bucket, key)}";

    private static string KeyQuery(string bucket, string key) =>
        $"bucket={Uri.EscapeDataString(bucket)}&key={Uri.EscapeDataString(key)}";

    private static string SnapshotUri(string bucket, string name, string verb) =>
        $"/v1/snapshots/{Uri.EscapeDataString(name)}{verb}?bucket={Uri.EscapeDataString(bucket)}";

    private static string SnapshotQuery(string? snapshot) => snapshot is null ? "" : $"&snapshot={Uri.EscapeDataString(snapshot)}";

    private static string VersionQuery(VersionId? version, string name = "version") => version is { } id ? $"&{name}={id}" : "";

    private async Task<T> AskAsync<T>(
        HttpRequestMessage request, JsonTypeInfo<T> shape, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw await RefusalAsync(response, cancellationToken);
        }

        return await response.Content.ReadFromJsonAsync(shape, cancellationToken)
            ?? throw new CliException(ExitCode.Failed, "The node answered nothing.");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            throw new CliException(
                ExitCode.Unreachable, $"No node answers at {_http.BaseAddress}: {Innermost(error)}. Is it running?");
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            throw _tls.Failure(_http.BaseAddress!);
        }
        catch (HttpRequestException error)
        {
            throw new CliException(ExitCode.Failed, $"The node at {_http.BaseAddress} broke the connection off: {Innermost(error)}.");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException(
                ExitCode.Unreachable, $"No node answers at {_http.BaseAddress} within {NodeTls.ConnectTimeout.TotalSeconds:0} s. Is it running?");
        }
    }

    private static string Innermost(Exception error) => error.GetBaseException().Message.TrimEnd('.');

    private static async Task<CliException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (response.Content.Headers.ContentType?.MediaType == "application/json" && Parse(text) is { } answer)
        {
            return new CliException(ExitCode.Of(answer.Outcome), answer.Detail) { Outcome = answer.Outcome };
        }

        var code = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => ExitCode.Unauthorized,
            HttpStatusCode.BadRequest => ExitCode.Usage,
            HttpStatusCode.ServiceUnavailable => ExitCode.TryAgain,
            _ => ExitCode.Failed,
        };
        return new CliException(code, text.Length > 0 ? text.Trim() : $"The node answered {(int)response.StatusCode}.");
    }

    private static AdminAnswer? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, AdminJson.Default.AdminAnswer);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
