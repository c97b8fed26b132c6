using System.Globalization;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.Metrics;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Dfs.Gateway.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Dfs.Gateway.Admin;

/// <summary>The HTTP interface of the command line, on the node's http address.</summary>
/// <remarks>
/// <c>/health/*</c> is open, and <c>/metrics</c> to the node's own machine, since they name no file and no owner; so are the web page's files and its login; everything else asks for a token or a session, and for grants (<see cref="RouteAccess"/>). A download that cannot be
/// finished is cut off, so that no client takes a short file for a whole one. Routes: docs/formats/admin-api.md.
/// </remarks>
public static class AdminApi
{
    private const string FilePath = "/v1/file";

    internal static void Map(IEndpointRouteBuilder routes, IOwners owners, AccessKeys keys, AccessTokens tokens, INodeView node, MetricCollector metrics, WebLogin login, AuditTrail? audit)
    {
        var files = new AdminRoutes(routes.MapGroup("").AddEndpointFilter(login.AuthorizeAsync));
        files.MapGet("/health/live", RouteAccess.Everybody, () => Results.Text("live\n"));
        files.MapGet("/health/ready", RouteAccess.Everybody, () => Ready(node));
        files.MapGet("/metrics", RouteAccess.OnMachine, () => Metrics(metrics, node));
        WebPage.Map(files, owners, login);
        files.MapGet("/v1/status", RouteAccess.Known, () => Results.Json(node.Status(), AdminJson.Default.NodeStatus));
        AdminOwners.Map(files, owners);
        files.MapGet("/v1/files", RouteAccess.Names, OfOwner(owners, ListAsync));
        files.MapPut(FilePath, RouteAccess.Key(Verbs.Write), OnKey(owners, PutAsync));
        files.MapGet(FilePath, RouteAccess.Key(Verbs.Read), OnKey(owners, GetAsync));
        files.MapDelete(FilePath, RouteAccess.Key(Verbs.Remove), OnKey(owners, RemoveAsync));
        UploadsApi.Map(files, owners);
        VersionsApi.Map(files, owners);
        SubscriptionsApi.Map(files, owners);
        BucketsApi.Map(files, owners);
        SnapshotsApi.Map(files, owners);
        SharesApi.Map(files, owners);
        CopiesApi.Map(files, owners);
        AccessKeysApi.Map(files, owners, keys);
        AccessTokensApi.Map(files, owners, tokens);
        LayoutApi.Map(files, node);
        GarbageApi.Map(files, node);
        ScrubApi.Map(files, node);
        RepairApi.Map(files, node);
        EventsApi.Map(files, node);
        AuditApi.Map(files, audit);
        TrustApi.Map(files, node);
    }

    /// <summary>The HTTP status that stands for an outcome.</summary>
    public static int StatusOf(DfsOutcome outcome) => outcome switch
    {
        DfsOutcome.Done => StatusCodes.Status200OK,
        DfsOutcome.NotFound => StatusCodes.Status404NotFound,
        DfsOutcome.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        DfsOutcome.SourceFailed => StatusCodes.Status400BadRequest,
        DfsOutcome.NotAllowed => StatusCodes.Status403Forbidden,
        DfsOutcome.Locked => StatusCodes.Status423Locked,
        DfsOutcome.DiskFull => StatusCodes.Status507InsufficientStorage,
        DfsOutcome.NoQuorum or DfsOutcome.Busy or DfsOutcome.NotReady => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static IResult Metrics(MetricCollector metrics, INodeView node)
    {
        var text = new MetricText();
        NodeMetrics.WriteTo(text, node.Status());
        metrics.WriteTo(text);
        return Results.Text(text.ToString(), MetricText.ContentType);
    }

    private static IResult Ready(INodeView node) => node.IsReady
        ? Results.Text("ready\n")
        : Results.Text(node.Status().NotReadyBecause + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);

    /// <summary>Acts with the client of the owner that the request names.</summary>
    // A Delegate, not a RequestDelegate: the latter would drop the result that it returns.
    internal static Delegate OfOwner(IOwners owners, Func<HttpContext, IDfsClient, Task<IResult>> act) => async (HttpContext http) =>
    {
        var (choice, refusal) = ChooseOwner(http, owners);
        return refusal is null ? await act(http, choice!.Client!) : refusal;
    };

    /// <summary>The owner that the request names, or whose the caller's token is, or the node's first.</summary>
    internal static (OwnerChoice? Choice, IResult? Refusal) ChooseOwner(HttpContext http, IOwners owners)
    {
        // A browser that fetches a picture by itself sends no header of ours.
        var named = http.Request.Headers[NodeHeaders.Owner].ToString() is { Length: > 0 } header ? header : http.Request.Query["owner"].ToString();
        var who = Caller.Of(http).Principal;
        var choice = owners.Choose(named.Length > 0 ? named : who.OwnerId);
        if (AuditNote.Of(http) is { } note && who.MayActFor(choice.Id))
        {
            note.OwnerId = choice.Id;
        }

        return choice.Client is null ? (null, Answer(new AdminAnswer(owners.List().Count == 0 ? DfsOutcome.NotAllowed : DfsOutcome.NotFound, choice.Refusal)))
            : who.MayActFor(choice.Id) ? (choice, null)
            : (null, Answer(new AdminAnswer(DfsOutcome.NotAllowed, "This token is of another owner.")));
    }

    internal static Delegate OnKey(IOwners owners, Func<HttpContext, IDfsClient, ObjectKey, Task<IResult>> act) =>
        OfOwner(owners, async (http, client) =>
            ObjectKey.TryCreate(BucketOf(http), KeyOf(http), out var key, out var refusal)
                ? await act(http, client, key)
                : Results.Text(refusal + "\n", statusCode: StatusCodes.Status400BadRequest));

    internal static string BucketOf(HttpContext http) =>
        http.Request.Query["bucket"].ToString() is { Length: > 0 } bucket ? bucket : ObjectKey.DefaultBucket;

    internal static string KeyOf(HttpContext http) => http.Request.Query["key"].ToString();

    internal static string PrefixOf(HttpContext http) => http.Request.Query["prefix"].ToString();

    private static async Task<IResult> PutAsync(HttpContext http, IDfsClient client, ObjectKey key)
    {
        // A put is as long as its content; the client's time without progress is bounded, not its size.
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        if (!TryConditions(http, out var options))
        {
            return Results.Text("If-Match is a version's id, 32 hexadecimal digits in quotes.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        options = options with
        {
            ContentType = http.Request.ContentType ?? PutOptions.Default.ContentType,
            SizeBytes = http.Request.ContentLength,
            IsResumed = http.Request.Headers[NodeHeaders.Resume] == "1",
            Metadata = UserMetadata.Of(http.Request.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()))),
        };
        if (http.Request.Headers[NodeHeaders.SourceTime].ToString() is { Length: > 0 } sourceTime)
        {
            options = options with { SourceModifiedAt = SourceTime.Parse(sourceTime) };
        }

        var result = await DigestedPut.PutAsync(client, key, http.Request, options, http.RequestAborted);
        return Answer(new AdminAnswer(result.Outcome, result.Detail, result.SizeBytes, result.Version.ToString(), result.FoundBytes));
    }

    /// <param name="options">With the request's conditions and nothing else.</param>
    /// <returns>False when it asks for a version that cannot be one.</returns>
    internal static bool TryConditions(HttpContext http, out PutOptions options)
    {
        var ifMatch = http.Request.Headers.IfMatch.ToString();
        VersionId version = default;
        var isValid = ifMatch.Length == 0 || VersionId.TryParse(ifMatch.AsSpan().Trim('"'), out version);
        options = PutOptions.Default with
        {
            OnlyIfAbsent = http.Request.Headers.IfNoneMatch == "*",
            OnlyIfVersion = ifMatch.Length > 0 ? version : null,
        };
        return isValid;
    }

    /// <returns>Null when the request names none.</returns>
    private static string? SnapshotOf(HttpContext http) =>
        http.Request.Query["snapshot"].ToString() is { Length: > 0 } snapshot ? snapshot : null;

    private static async Task<IResult> GetAsync(HttpContext http, IDfsClient client, ObjectKey key) => await SendAsync(
        http,
        !VersionsApi.TryVersion(http, "version", out var version) ? VersionsApi.NoVersionId
            : version is { } wanted ? await client.Versions.OpenAsync(key, wanted, http.RequestAborted)
            : SnapshotOf(http) is { } snapshot ? await client.Snapshots.OpenAsync(key, snapshot, http.RequestAborted)
            : await client.OpenAsync(key, http.RequestAborted),
        ShareTicket.NameOf(key), withMetadata: true);

    /// <summary>Answers with a file's content, or the part that the request wants, or with why there is none.</summary>
    /// <param name="name">What a browser is to call it; empty when it is not known.</param>
    /// <param name="withMetadata">Its owner's own metadata, as headers; not for whom a file is shared with.</param>
    internal static async Task<IResult> SendAsync(HttpContext http, OpenResult opened, string name, bool withMetadata = false)
    {
        if (opened.File is null)
        {
            return Answer(new AdminAnswer(opened.Outcome, opened.Detail));
        }

        await using var file = opened.File;
        var etag = $"\"{file.Version}\"";
        http.Response.ContentType = file.ContentType;
        http.Response.Headers.ETag = etag;
        // Never shown as a page: it would be one of this origin.
        var disposition = new ContentDispositionHeaderValue("attachment");
        if (name.Length > 0)
        {
            disposition.SetHttpFileName(name);
        }

        http.Response.Headers.ContentDisposition = disposition.ToString();
        http.Response.Headers.LastModified = file.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
        foreach (var (metadata, value) in withMetadata ? UserMetadata.Carried(file.Facts) : [])
        {
            http.Response.Headers[UserMetadata.NamePrefix + metadata] = value;
        }

        var range = ByteRange.Of(http.Request.GetTypedHeaders(), etag, file.SizeBytes);
        if (!range.Begin(http.Response, file.SizeBytes))
        {
            return Results.Empty;
        }

        var end = await file.CopyToAsync(http.Response.BodyWriter, range.FirstBytes, range.CountBytes, http.RequestAborted);
        if (end.Outcome != DfsOutcome.Done)
        {
            http.Abort();
        }

        return Results.Empty;
    }

    private static async Task<IResult> RemoveAsync(HttpContext http, IDfsClient client, ObjectKey key)
    {
        var result = !VersionsApi.TryVersion(http, "version", out var version)
                ? new RemoveResult(VersionsApi.NoVersionId.Outcome, VersionsApi.NoVersionId.Detail)
            : version is { } wanted ? await client.Versions.RemoveAsync(key, wanted, http.RequestAborted)
            : http.Request.Headers.IfMatch.ToString() is { Length: > 0 } ifMatch ? VersionId.TryParse(ifMatch.AsSpan().Trim('"'), out var current)
                ? await client.Versions.RemoveCurrentAsync(key, current, http.RequestAborted)
                : new RemoveResult(DfsOutcome.PreconditionFailed, "If-Match is a version's id, 32 hexadecimal digits in quotes.")
            : await client.RemoveAsync(key, http.RequestAborted);
        return Answer(new AdminAnswer(result.Outcome, result.Detail));
    }

    private static async Task<IResult> ListAsync(HttpContext http, IDfsClient client)
    {
        if (!TryCount(http, ListOptions.CountLimit, out var countMax))
        {
            return Results.Text("'max' is a number of names.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var query = http.Request.Query;
        var options = new ListOptions
        {
            Prefix = PrefixOf(http),
            Within = Caller.Of(http).NamesIn(BucketOf(http)),
            Delimiter = query["delimiter"].ToString(),
            After = query["after"].ToString() is { Length: > 0 } after ? after : null,
            CountMax = countMax,
            WithRemoved = query["removed"] == "1",
        };
        var page = SnapshotOf(http) is { } snapshot
            ? await client.Snapshots.ListFilesAsync(BucketOf(http), snapshot, options, http.RequestAborted)
            : await client.ListAsync(BucketOf(http), options, http.RequestAborted);
        var listing = new AdminListing(
            page.Outcome, page.Detail,
            [.. page.Entries.Select(file => new AdminFile(
                file.Name, file.SizeBytes, file.ModifiedAt, file.ETag, file.Version.ToString(), file.IsRemoved))],
            page.CommonPrefixes, page.IsTruncated, page.Next);
        if (query["source-time"] == "1" && listing.Outcome == DfsOutcome.Done)
        {
            listing = await SourceTimes.AddToAsync(listing, client, BucketOf(http), SnapshotOf(http), http.RequestAborted);
        }

        return Results.Json(listing, AdminJson.Default.AdminListing, statusCode: StatusOf(listing.Outcome));
    }

    /// <summary>What the query's "max" says, or how many it is without.</summary>
    internal static bool TryCount(HttpContext http, int usual, out int countMax)
    {
        var max = http.Request.Query["max"].ToString();
        countMax = usual;
        return max.Length == 0 || int.TryParse(max, NumberStyles.None, CultureInfo.InvariantCulture, out countMax);
    }

    internal static IResult Answer(AdminAnswer answer) =>
        Results.Json(answer, AdminJson.Default.AdminAnswer, statusCode: StatusOf(answer.Outcome));
}
