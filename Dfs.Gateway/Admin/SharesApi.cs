using System.Text;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using Dfs.Core.Trust.Grants;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> that share files, take shares back, and open capabilities.</summary>
/// <remarks>A capability comes in a body, never in an address: addresses end in logs.</remarks>
internal static class SharesApi
{
    private const string SharesPath = "/v1/shares";
    private const int CapabilityBytesMax = 4096;

    public static void Map(AdminRoutes routes, IOwners owners)
    {
        routes.MapPost(SharesPath, RouteAccess.Key(Verbs.Share), AdminApi.OnKey(owners, ShareAsync));
        routes.MapGet(SharesPath, RouteAccess.Key(Verbs.Share), AdminApi.OnKey(owners, async (http, client, key) =>
        {
            var result = await client.Shares.ListAsync(key, http.RequestAborted);
            return Answer(new AdminShares(result.Outcome, result.Detail, "", result.Shares));
        }));
        routes.MapDelete($"{SharesPath}/{{id}}", RouteAccess.All(Verbs.Share), AdminApi.OfOwner(owners, RevokeAsync));
        routes.MapPost("/v1/shared", RouteAccess.All(Verbs.Read), AdminApi.OfOwner(owners, OpenAsync));
        routes.MapGet("/v1/identity", RouteAccess.Known, AdminApi.OfOwner(owners, async (_, client) =>
        {
            var result = await client.Shares.IdentityAsync();
            return Results.Json(result, AdminJson.Default.IdentityResult, statusCode: AdminApi.StatusOf(result.Outcome));
        }));
    }

    private static async Task<IResult> ShareAsync(HttpContext http, IDfsClient client, ObjectKey key)
    {
        AdminShareWish? wish;
        try
        {
            wish = await JsonSerializer.DeserializeAsync(http.Request.Body, AdminJson.Default.AdminShareWish, http.RequestAborted);
        }
        catch (JsonException)
        {
            wish = null;
        }

        // A hundred years: beyond it a date would not be one.
        VersionId version = default;
        if (wish is null || (wish.Version is { Length: > 0 } id && !VersionId.TryParse(id, out version)) || wish.ExpiresInSeconds is <= 0 or > 100L * 366 * 24 * 3600)
        {
            return Results.Text("The body is not a JSON wish to share, or its version or expiry is none.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var options = new ShareOptions
        {
            Scope = wish.Version is null ? ShareScope.File : ShareScope.Version,
            Version = version == default ? null : version,
            Expires = wish.ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            To = wish.To,
        };
        var result = await client.Shares.ShareAsync(key, options, http.RequestAborted);
        return Answer(new AdminShares(result.Outcome, result.Detail, result.Capability, result.Share is { } share ? [share] : []));
    }

    private static async Task<IResult> RevokeAsync(HttpContext http, IDfsClient client)
    {
        if (!ShareId.TryParse(http.Request.RouteValues["id"]?.ToString(), out var id))
        {
            return Results.Text("A share's id has 32 hexadecimal digits.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var result = await client.Shares.RevokeAsync(id, http.RequestAborted);
        return AdminApi.Answer(new AdminAnswer(result.Outcome, result.Detail));
    }

    private static async Task<IResult> OpenAsync(HttpContext http, IDfsClient client)
    {
        var bytes = new byte[CapabilityBytesMax + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted);
        return read > CapabilityBytesMax
            ? Results.Text($"A capability has at most {CapabilityBytesMax} bytes.\n", statusCode: StatusCodes.Status400BadRequest)
            : await AdminApi.SendAsync(http, await client.Shares.OpenAsync(Encoding.UTF8.GetString(bytes, 0, read), http.RequestAborted), "");
    }

    private static IResult Answer(AdminShares answer) =>
        Results.Json(answer, AdminJson.Default.AdminShares, statusCode: AdminApi.StatusOf(answer.Outcome));
}
