using System.Globalization;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Listing;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>What happens to files, as part of the <see cref="AdminApi"/>: whoever may list names may be told of them.</summary>
internal static class SubscriptionsApi
{
    private const string Path = "/v1/subscription";

    private const int SecondsMax = 30;

    public static void Map(AdminRoutes routes, IOwners owners)
    {
        routes.MapGet(Path, RouteAccess.Names with { IsLong = true }, AdminApi.OfOwner(owners, ReadAsync));
        routes.MapPut(Path, RouteAccess.Names, AdminApi.OfOwner(owners, AcknowledgeAsync));
        routes.MapDelete(Path, RouteAccess.Names, AdminApi.OfOwner(owners, EndAsync));
    }

    private static Subscription Of(HttpContext http) =>
        new(AdminApi.BucketOf(http), AdminApi.PrefixOf(http), http.Request.Query["name"].ToString())
        {
            Within = Caller.Of(http).NamesIn(AdminApi.BucketOf(http)),
        };

    private static async Task<IResult> ReadAsync(HttpContext http, IDfsClient client)
    {
        var seconds = http.Request.Query["wait"].ToString() is { Length: > 0 } wait ? wait : "0";
        if (!AdminApi.TryCount(http, ChangeLog.ReadMax, out var countMax)
            || !int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var waitSeconds) || waitSeconds > SecondsMax)
        {
            return Results.Text($"'max' is a number of changes, 'wait' of seconds up to {SecondsMax}.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var after = http.Request.Query["after"].ToString() is { Length: > 0 } position ? position : null;
        var result = await client.Subscriptions.ReadAsync(Of(http), after, countMax, TimeSpan.FromSeconds(waitSeconds), http.RequestAborted);
        return Results.Json(AdminChanges.Of(result), NodeJson.Default.AdminChanges, statusCode: AdminApi.StatusOf(result.Outcome));
    }

    private static async Task<IResult> AcknowledgeAsync(HttpContext http, IDfsClient client) =>
        AnswerTo(await client.Subscriptions.AcknowledgeAsync(Of(http), http.Request.Query["position"].ToString(), http.RequestAborted));

    private static async Task<IResult> EndAsync(HttpContext http, IDfsClient client) =>
        AnswerTo(await client.Subscriptions.EndAsync(Of(http), http.RequestAborted));

    private static IResult AnswerTo(RemoveResult result) => AdminApi.Answer(new AdminAnswer(result.Outcome, result.Detail));
}
