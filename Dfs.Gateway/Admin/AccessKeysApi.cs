using Dfs.Actors.Client;
using Dfs.Gateway.S3.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> that make, list and revoke access keys of the S3 endpoint.</summary>
internal static class AccessKeysApi
{
    private const string Path = "/v1/access-keys";

    public static void Map(IEndpointRouteBuilder routes, IOwners owners, AccessKeys keys)
    {
        routes.MapGet(Path, AdminApi.OfOwner(owners, ListAsync));
        routes.MapPost(Path, AdminApi.OfOwner(owners, (http, client) => CreateAsync(http, client, keys)));
        routes.MapDelete(Path + "/{key}", AdminApi.OfOwner(owners, async (http, client) =>
        {
            var revoked = await keys.RevokeAsync(client, (string)http.Request.RouteValues["key"]!, http.RequestAborted);
            return AdminApi.Answer(new AdminAnswer(revoked.Outcome, revoked.Detail));
        }));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, IDfsClient client, AccessKeys keys)
    {
        var (result, pair) = await keys.CreateAsync(client, http.RequestAborted);
        return result.Outcome != DfsOutcome.Done
            ? AdminApi.Answer(new AdminAnswer(result.Outcome, result.Detail))
            : Results.Json(new AdminAccessKey(DfsOutcome.Done, pair.AccessKey, pair.Secret.Reveal()), AdminJson.Default.AdminAccessKey);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IDfsClient client)
    {
        var after = http.Request.Query["after"].ToString();
        var page = await AccessKeys.ListAsync(client, after.Length > 0 ? after : null, http.RequestAborted);
        return Results.Json(
            new AdminAccessKeys(page.Outcome, page.Detail, [.. page.Entries.Select(entry => new AdminAccessKeyEntry(entry.Name, entry.ModifiedAt))], page.Next),
            AdminJson.Default.AdminAccessKeys, statusCode: AdminApi.StatusOf(page.Outcome));
    }
}
