using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> that make, list and revoke access keys of the S3 endpoint.</summary>
internal static class AccessKeysApi
{
    private const string Path = "/v1/access-keys";

    public static void Map(AdminRoutes routes, IOwners owners, AccessKeys keys)
    {
        routes.MapGet(Path, RouteAccess.Admin, AdminApi.OfOwner(owners, (http, client) => ListAsync(http, client, keys)));
        routes.MapPost(Path, RouteAccess.Admin, AdminApi.OfOwner(owners, (http, client) => CreateAsync(http, client, keys)));
        routes.MapDelete(Path + "/{key}", RouteAccess.Admin, AdminApi.OfOwner(owners, async (http, client) =>
        {
            var revoked = await keys.RevokeAsync(client, (string)http.Request.RouteValues["key"]!, http.RequestAborted);
            return AdminApi.Answer(new AdminAnswer(revoked.Outcome, revoked.Detail));
        }));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, IDfsClient client, AccessKeys keys)
    {
        var (grants, refusal) = await KeyWishes.GrantsAsync(http, GrantSet.AllOfOwner, keys.Now);
        if (grants is null)
        {
            return Results.Text(refusal + "\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var (result, pair) = await keys.CreateAsync(client, grants, http.RequestAborted);
        AuditNote.Of(http)?.Subject = result.Outcome == DfsOutcome.Done ? pair.AccessKey : "";
        return result.Outcome != DfsOutcome.Done
            ? AdminApi.Answer(new AdminAnswer(result.Outcome, result.Detail))
            : Results.Json(new AdminAccessKey(DfsOutcome.Done, pair.AccessKey, pair.Secret.Reveal()), AdminJson.Default.AdminAccessKey);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IDfsClient client, AccessKeys keys)
    {
        var after = http.Request.Query["after"].ToString();
        var page = await keys.ListAsync(client, after.Length > 0 ? after : null, http.RequestAborted);
        return Results.Json(
            new AdminAccessKeys(
                page.Outcome, page.Detail, [.. page.Keys.Select(key => new AdminAccessKeyEntry(key.Id, key.CreatedAt, KeyWishes.Show(key.Grants), key.Unreadable))], page.Next),
            AdminJson.Default.AdminAccessKeys, statusCode: AdminApi.StatusOf(page.Outcome));
    }
}
