using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The routes of the <see cref="AdminApi"/> that make, show, change and remove buckets.</summary>
internal static class BucketsApi
{
    private const string Path = "/v1/bucket";

    public static void Map(AdminRoutes routes, IOwners owners)
    {
        routes.MapGet("/v1/buckets", RouteAccess.Known, AdminApi.OfOwner(owners, (http, client) => ListAsync(http, client.Buckets)));
        routes.MapGet(Path, RouteAccess.Bucket(Verbs.List), OnBucket(owners, (http, buckets, name) => buckets.ShowAsync(name, http.RequestAborted)));
        routes.MapPut(Path, RouteAccess.Bucket(Verbs.Manage), OnChange(owners, (http, buckets, name, settings) => buckets.CreateAsync(name, settings, http.RequestAborted)));
        routes.MapPatch(Path, RouteAccess.Bucket(Verbs.Manage), OnChange(owners, (http, buckets, name, change) => buckets.SetAsync(name, change, http.RequestAborted)));
        routes.MapDelete(Path, RouteAccess.Bucket(Verbs.Manage), OnBucket(owners, (http, buckets, name) => buckets.RemoveAsync(name, http.RequestAborted)));
    }

    private static Delegate OnBucket(IOwners owners, Func<HttpContext, IBuckets, string, Task<BucketResult>> act) => AdminApi.OfOwner(owners, async (http, client) =>
    {
        var name = http.Request.Query["bucket"].ToString();
        return ObjectKey.BucketRefusal(name) is { } refusal ? Bad(refusal) : Answer(await act(http, client.Buckets, name));
    });

    private static Delegate OnChange(IOwners owners, Func<HttpContext, IBuckets, string, BucketChange, Task<BucketResult>> act) => AdminApi.OfOwner(owners, async (http, client) =>
    {
        var name = http.Request.Query["bucket"].ToString();
        if (ObjectKey.BucketRefusal(name) is { } refusal)
        {
            return Bad(refusal);
        }

        IReadOnlyDictionary<string, string>? words;
        try
        {
            words = await JsonSerializer.DeserializeAsync(
                http.Request.Body, AdminJson.Default.IReadOnlyDictionaryStringString, http.RequestAborted);
        }
        catch (JsonException)
        {
            words = null;
        }

        return words is null || words.Values.Any(value => value is null) ? Bad("The body is not a JSON object of words.")
            : BucketChange.TryCreate(words, out var change, out var badWord) ? Answer(await act(http, client.Buckets, name, change))
            : Bad(badWord);
    });

    private static async Task<IResult> ListAsync(HttpContext http, IBuckets buckets)
    {
        var result = await buckets.ListAsync(http.RequestAborted);
        return Answer(result.Outcome, result.Detail, [.. result.Buckets.Where(bucket => Caller.Of(http).MaySee(bucket.Name))]);
    }

    private static IResult Answer(BucketResult result) =>
        Answer(result.Outcome, result.Detail, result.Bucket is { } bucket ? [bucket] : []);

    private static IResult Answer(DfsOutcome outcome, string detail, IReadOnlyList<BucketEntry> buckets) => Results.Json(
        new AdminBuckets(
            outcome, detail, [.. buckets.Select(bucket => new AdminBucket(bucket.Name, BucketChange.Words(bucket.Settings)))]),
        AdminJson.Default.AdminBuckets, statusCode: AdminApi.StatusOf(outcome));

    private static IResult Bad(string sentence) => Results.Text(sentence + "\n", statusCode: StatusCodes.Status400BadRequest);
}
