using System.Text;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The routes about owners: which there are, locking and unlocking their keyrings.</summary>
/// <remarks>A passphrase comes in a body, never in an address: addresses end in logs.</remarks>
internal static class AdminOwners
{
    private const int PassphraseBytesMax = 4096;

    public static void Map(AdminRoutes routes, IOwners owners)
    {
        routes.MapGet("/v1/owners", RouteAccess.Known, (HttpContext http) => Results.Json(
            new AdminOwnerList([.. owners.List().Where(owner => Caller.Of(http).Principal.MayActFor(owner.Id))]), AdminJson.Default.AdminOwnerList));
        routes.MapPost("/v1/owner/lock", RouteAccess.Admin, OnOwner(owners, (_, owner) => owners.LockAsync(owner)));
        routes.MapPost("/v1/owner/rotate", RouteAccess.Admin, OnOwner(owners, (http, owner) => owners.RotateAsync(owner, http.RequestAborted)));
        routes.MapPost("/v1/owner/unlock", RouteAccess.Admin, OnOwner(owners, async (http, owner) => await ReadAsync(http) is { } passphrase
            ? await owners.UnlockAsync(owner, passphrase)
            : new OwnerAnswer(DfsOutcome.SourceFailed, $"A passphrase has at most {PassphraseBytesMax} bytes.")));
    }

    private static Delegate OnOwner(IOwners owners, Func<HttpContext, string, Task<OwnerAnswer>> act) => async (HttpContext http) =>
    {
        var (choice, refusal) = AdminApi.ChooseOwner(http, owners);
        return refusal is null ? Answer(await act(http, choice!.Id)) : refusal;
    };

    private static IResult Answer(OwnerAnswer answer) => AdminApi.Answer(new AdminAnswer(answer.Outcome, answer.Detail));

    private static async Task<string?> ReadAsync(HttpContext http)
    {
        var bytes = new byte[PassphraseBytesMax + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted);
        return read <= PassphraseBytesMax ? Encoding.UTF8.GetString(bytes, 0, read) : null;
    }
}
