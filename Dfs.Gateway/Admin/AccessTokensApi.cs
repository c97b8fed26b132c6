using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Gateway.Trust;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> that make, list and revoke tokens, and say what the caller's own opens.</summary>
internal static class AccessTokensApi
{
    private const string Path = "/v1/access-tokens";

    public static void Map(AdminRoutes routes, IOwners owners, AccessTokens tokens)
    {
        routes.MapGet("/v1/access", RouteAccess.Known, (HttpContext http) =>
        {
            var who = Caller.Of(http).Principal;
            return Results.Json(new AdminAccess(who.Kind.ToString(), who.Id, who.OwnerId, KeyWishes.Show(who.Grants)), AdminJson.Default.AdminAccess);
        });
        routes.MapGet(Path, RouteAccess.Admin, AdminApi.OfOwner(owners, (http, client) => ListAsync(http, client, tokens)));
        routes.MapPost(Path, RouteAccess.Admin, AdminApi.OfOwner(owners, (http, client) => CreateAsync(http, client, tokens)));
        routes.MapDelete(Path + "/{id}", RouteAccess.Admin, AdminApi.OfOwner(owners, async (http, client) =>
        {
            var revoked = await tokens.RevokeAsync(client, (string)http.Request.RouteValues["id"]!, http.RequestAborted);
            return AdminApi.Answer(new AdminAnswer(revoked.Outcome, revoked.Detail));
        }));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, IDfsClient client, AccessTokens tokens)
    {
        var (grants, refusal) = await KeyWishes.GrantsAsync(http, usual: null, tokens.Now);
        if (grants is null)
        {
            return Results.Text(refusal + "\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var (result, id, text) = await tokens.CreateAsync(client, grants, http.RequestAborted);
        AuditNote.Of(http)?.Subject = id;
        return result.Outcome != DfsOutcome.Done
            ? AdminApi.Answer(new AdminAnswer(result.Outcome, result.Detail))
            : Results.Json(new AdminAccessToken(DfsOutcome.Done, id, text), AdminJson.Default.AdminAccessToken);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IDfsClient client, AccessTokens tokens)
    {
        var after = http.Request.Query["after"].ToString();
        var page = await tokens.ListAsync(client, after.Length > 0 ? after : null, http.RequestAborted);
        return Results.Json(
            new AdminAccessTokens(
                page.Outcome, page.Detail, [.. page.Keys.Select(key => new AdminAccessTokenEntry(key.Id, key.CreatedAt, KeyWishes.Show(key.Grants), key.Unreadable))], page.Next),
            AdminJson.Default.AdminAccessTokens, statusCode: AdminApi.StatusOf(page.Outcome));
    }
}
