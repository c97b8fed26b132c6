using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> about older versions of files.</summary>
internal static class VersionsApi
{
    /// <summary>Answer to an id that is none: there is no such version.</summary>
    public static readonly OpenResult NoVersionId = OpenResult.Refused(
        DfsOutcome.NotFound, "not found: a version's id has 32 hexadecimal digits");

    public static void Map(AdminRoutes routes, IOwners owners)
    {
        routes.MapGet("/v1/versions", RouteAccess.Key(Verbs.Read), AdminApi.OnKey(owners, (http, client, key) => ListAsync(http, client.Versions, key)));
        routes.MapPost("/v1/restore", RouteAccess.Key(Verbs.Write), AdminApi.OnKey(owners, (http, client, key) => RestoreAsync(http, client.Versions, key)));
        routes.MapGet("/v1/diff", RouteAccess.Key(Verbs.Read), AdminApi.OnKey(owners, (http, client, key) => DiffAsync(http, client.Versions, key)));
    }

    /// <param name="version">Null when the query does not name one.</param>
    /// <returns>False when what it names cannot be one.</returns>
    public static bool TryVersion(HttpContext http, string name, out VersionId? version)
    {
        var text = http.Request.Query[name].ToString();
        version = VersionId.TryParse(text, out var id) ? id : null;
        return version is not null || text.Length == 0;
    }

    private static async Task<IResult> ListAsync(HttpContext http, IVersions versions, ObjectKey key)
    {
        if (!AdminApi.TryCount(http, IVersions.ListedByDefault, out var countMax))
        {
            return Results.Text("'max' is a number of versions.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var result = await versions.ListAsync(key, countMax, http.RequestAborted);
        var entries = result.Versions.Select(version => new AdminVersion(
            version.Version.ToString(), version.IsDeleteMarker, version.SizeBytes, version.ModifiedAt, version.StoredBytes));
        return Results.Json(
            new AdminVersions(result.Outcome, result.Detail, [.. entries]), AdminJson.Default.AdminVersions,
            statusCode: AdminApi.StatusOf(result.Outcome));
    }

    private static async Task<IResult> RestoreAsync(HttpContext http, IVersions versions, ObjectKey key)
    {
        var result = TryVersion(http, "version", out var version) && version is { } wanted
            ? await versions.RestoreAsync(key, wanted, http.RequestAborted)
            : PutResult.Refused(NoVersionId.Outcome, NoVersionId.Detail);
        return AdminApi.Answer(new AdminAnswer(result.Outcome, result.Detail, result.SizeBytes, result.Version.ToString()));
    }

    private static async Task<IResult> DiffAsync(HttpContext http, IVersions versions, ObjectKey key)
    {
        var result = TryVersion(http, "from", out var from) && TryVersion(http, "to", out var to)
            ? await versions.DiffAsync(key, from, to, http.RequestAborted)
            : new DiffResult(NoVersionId.Outcome, null, NoVersionId.Detail);
        return result.Diff is not { } diff
            ? AdminApi.Answer(new AdminAnswer(result.Outcome, result.Detail))
            : Results.Json(
                new AdminDiff(
                    diff.From.ToString(), diff.To.ToString(), diff.FromBytes, diff.ToBytes, diff.FromChunks, diff.ToChunks,
                    diff.SharedChunks, diff.SharedBytes),
                AdminJson.Default.AdminDiff);
    }
}
