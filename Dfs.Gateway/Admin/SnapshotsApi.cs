using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> about snapshots of buckets.</summary>
internal static class SnapshotsApi
{
    private const string Path = "/v1/snapshots";
    private const string OnePath = $"{Path}/{{name}}";

    public static void Map(AdminRoutes routes, IOwners owners)
    {
        routes.MapGet(Path, RouteAccess.Bucket(Verbs.List), AdminApi.OfOwner(owners, async (http, client) =>
            Answer(await client.Snapshots.ListAsync(AdminApi.BucketOf(http), http.RequestAborted))));
        routes.MapPut(OnePath, RouteAccess.Bucket(Verbs.Manage), OnSnapshot(owners, async (http, snapshots, bucket, name) =>
            Answer(await snapshots.CreateAsync(bucket, name, http.RequestAborted))));
        routes.MapDelete(OnePath, RouteAccess.Bucket(Verbs.Manage), OnSnapshot(owners, async (http, snapshots, bucket, name) =>
            Answer(await snapshots.RemoveAsync(bucket, name, http.RequestAborted))));
        routes.MapPost($"{OnePath}/restore", RouteAccess.Bucket(Verbs.Manage) with { IsLong = true }, OnSnapshot(owners, async (http, snapshots, bucket, name) =>
        {
            var result = await snapshots.RestoreAsync(bucket, name, http.RequestAborted);
            return Results.Json(result, AdminJson.Default.SnapshotRestoreResult, statusCode: AdminApi.StatusOf(result.Outcome));
        }));
    }

    private static Delegate OnSnapshot(IOwners owners, Func<HttpContext, ISnapshots, string, string, Task<IResult>> act) =>
        AdminApi.OfOwner(owners, async (http, client) =>
        {
            var (bucket, name) = (AdminApi.BucketOf(http), http.Request.RouteValues["name"]?.ToString() ?? "");
            return (ObjectKey.BucketRefusal(bucket) ?? BucketSnapshots.NameRefusal(name)) is { } refusal
                ? Results.Text(refusal + "\n", statusCode: StatusCodes.Status400BadRequest)
                : await act(http, client.Snapshots, bucket, name);
        });

    private static IResult Answer(SnapshotsResult result) =>
        Results.Json(result, AdminJson.Default.SnapshotsResult, statusCode: AdminApi.StatusOf(result.Outcome));
}
