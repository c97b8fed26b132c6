using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Requests;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The route of the <see cref="AdminApi"/> that makes a file of what another one has: a new manifest over its chunks; no content moves.</summary>
internal static class CopiesApi
{
    public static void Map(AdminRoutes routes, IOwners owners) =>
        routes.MapPost("/v1/copy", RouteAccess.Key(Verbs.Write), AdminApi.OnKey(owners, CopyAsync));

    private static async Task<IResult> CopyAsync(HttpContext http, IDfsClient client, ObjectKey key)
    {
        var query = http.Request.Query;
        var fromBucket = query["from-bucket"].ToString() is { Length: > 0 } bucket ? bucket : key.Bucket;
        if (!ObjectKey.TryCreate(fromBucket, query["from"].ToString(), out var source, out var refusal))
        {
            return Results.Text(refusal + "\n", statusCode: StatusCodes.Status400BadRequest);
        }

        if (!AdminApi.TryConditions(http, out var options))
        {
            return Results.Text("If-Match is a version's id, 32 hexadecimal digits in quotes.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var caller = Caller.Of(http);
        if (Permissions.Decide(caller.Principal, Verbs.Read, source.Bucket, source.Name, caller.NowUnixSeconds) != Verdict.Allowed)
        {
            return AdminApi.Answer(new AdminAnswer(DfsOutcome.NotAllowed, $"This token is not granted {GrantText.Of(Verbs.Read)} of what is to be copied."));
        }

        if (!VersionsApi.TryVersion(http, "version", out var version))
        {
            return AdminApi.Answer(new AdminAnswer(VersionsApi.NoVersionId.Outcome, VersionsApi.NoVersionId.Detail));
        }

        if (source == key && version is null)
        {
            return Results.Text("A file is not copied onto itself.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var opened = version is { } id ? await client.Versions.OpenAsync(source, id, http.RequestAborted) : await client.OpenAsync(source, http.RequestAborted);
        if (opened.File is not { } file)
        {
            return AdminApi.Answer(new AdminAnswer(opened.Outcome, opened.Detail));
        }

        await using (file)
        {
            // Who may read one object may not read its copy: lists of access are not copied, as over S3.
            var facts = file.Facts with { Metadata = file.Facts.Metadata.Remove(ObjectFacts.AclName) };
            var made = await client.Compositions.PutAsync(
                key, [new FilePart(source, file.Version)], options with { Facts = () => facts }, http.RequestAborted);
            return AdminApi.Answer(new AdminAnswer(made.Outcome, made.Detail, made.SizeBytes, made.Version.ToString()));
        }
    }
}
