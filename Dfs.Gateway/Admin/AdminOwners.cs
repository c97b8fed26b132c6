using System.Text;
using Dfs.Actors.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Admin;

/// <summary>The routes about owners: which there are, locking and unlocking their keyrings.</summary>
/// <remarks>A passphrase comes in a body, never in an address: addresses end in logs.</remarks>
internal static class AdminOwners
{
    private const int PassphraseBytesMax = 4096;

    public static void Map(IEndpointRouteBuilder routes, IOwners owners)
    {
        routes.MapGet("/v1/owners", () => Results.Json(new AdminOwnerList(owners.List()), AdminJson.Default.AdminOwnerList));
        // Delegates, not RequestDelegates: those would drop the result that is returned.
        routes.MapPost("/v1/owner/lock", (Delegate)(async (HttpContext http) => Answer(await owners.LockAsync(OwnerOf(http)))));
        routes.MapPost("/v1/owner/rotate", (Delegate)((HttpContext http) => RotateAsync(http, owners)));
        routes.MapPost("/v1/owner/unlock", (Delegate)((HttpContext http) => UnlockAsync(http, owners)));
    }

    private static async Task<IResult> RotateAsync(HttpContext http, IOwners owners) =>
        Answer(await owners.RotateAsync(OwnerOf(http), http.RequestAborted));

    private static async Task<IResult> UnlockAsync(HttpContext http, IOwners owners) => await ReadAsync(http) is { } passphrase
        ? Answer(await owners.UnlockAsync(OwnerOf(http), passphrase))
        : Results.Text($"A passphrase has at most {PassphraseBytesMax} bytes.\n", statusCode: StatusCodes.Status400BadRequest);

    private static string OwnerOf(HttpContext http) => http.Request.Headers[AdminApi.OwnerHeader].ToString();

    private static IResult Answer(OwnerAnswer answer) => AdminApi.Answer(new AdminAnswer(answer.Outcome, answer.Detail));

    private static async Task<string?> ReadAsync(HttpContext http)
    {
        var bytes = new byte[PassphraseBytesMax + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted);
        return read <= PassphraseBytesMax ? Encoding.UTF8.GetString(bytes, 0, read) : null;
    }
}
