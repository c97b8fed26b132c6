using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Operations;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> for uploads in parts, which can be paused and resumed.</summary>
internal static class UploadsApi
{
    private const string Path = "/v1/uploads", OnePath = Path + "/{id}";

    public static void Map(AdminRoutes routes, IOwners owners)
    {
        routes.MapPost(Path, RouteAccess.Key(Verbs.Write), AdminApi.OnKey(owners, async (http, client, key) => Answer(await PartUploads.BeginAsync(
            client, key, http.Request.ContentType ?? PutOptions.Default.ContentType, http.RequestAborted))));
        routes.MapGet(OnePath, RouteAccess.Key(Verbs.Write), OnUpload(owners, async (http, client, key, id) =>
            Answer(await PartUploads.ShowAsync(client, key, id, http.RequestAborted))));
        routes.MapDelete(OnePath, RouteAccess.Key(Verbs.Write) with { IsLong = true }, OnUpload(owners, async (http, client, key, id) =>
            AdminApi.Answer(await PartUploads.RemoveAsync(client, key, id, http.RequestAborted))));
        routes.MapPut(OnePath + "/{number:int}", RouteAccess.Key(Verbs.Write), OnUpload(owners, PutAsync));
        routes.MapPost(OnePath + "/complete", RouteAccess.Key(Verbs.Write) with { IsLong = true }, OnUpload(owners, CompleteAsync));
    }

    private static async Task<IResult> PutAsync(HttpContext http, IDfsClient client, ObjectKey key, string id)
    {
        var number = int.Parse((string)http.Request.RouteValues["number"]!, System.Globalization.CultureInfo.InvariantCulture);
        if (number is < 1 or > Uploads.PartsMax)
        {
            return Bad($"Parts have the numbers 1 to {Uploads.PartsMax}.");
        }

        // A part is as long as its client makes it.
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        return AdminApi.Answer(await PartUploads.PutAsync(
            client, key, id, number, http.Request.BodyReader, http.Request.ContentLength, http.RequestAborted));
    }

    private static async Task<IResult> CompleteAsync(HttpContext http, IDfsClient client, ObjectKey key, string id)
    {
        AdminUploadEnd? end;
        try
        {
            end = await JsonSerializer.DeserializeAsync(http.Request.Body, AdminJson.Default.AdminUploadEnd, http.RequestAborted);
        }
        catch (JsonException)
        {
            end = null;
        }

        return end is not { Parts: > 0 } || !AdminApi.TryConditions(http, out var options)
            ? Bad("The body says in JSON how many parts and bytes there are, and If-Match is a version's id.")
            : AdminApi.Answer(await PartUploads.CompleteAsync(client, key, id, end, options, http.RequestAborted));
    }

    private static Delegate OnUpload(IOwners owners, Func<HttpContext, IDfsClient, ObjectKey, string, Task<IResult>> act) =>
        AdminApi.OnKey(owners, (http, client, key) =>
        {
            var id = (string)http.Request.RouteValues["id"]!;
            return id.Length == 32 && id.All(char.IsAsciiHexDigitLower)
                ? act(http, client, key, id)
                : Task.FromResult(AdminApi.Answer(new AdminAnswer(DfsOutcome.NotFound, "An upload's id has 32 hexadecimal digits.")));
        });

    private static IResult Answer(AdminUpload upload) =>
        Results.Json(upload, AdminJson.Default.AdminUpload, statusCode: AdminApi.StatusOf(upload.Outcome));

    private static IResult Bad(string sentence) => Results.Text(sentence + "\n", statusCode: StatusCodes.Status400BadRequest);
}
