using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>Garbage collection's part of the <see cref="AdminApi"/>.</summary>
internal static class GarbageApi
{
    public static void Map(AdminRoutes routes, INodeView view) => routes.MapPost("/v1/gc", RouteAccess.Admin, Collect(view));

    // A Delegate, not a RequestDelegate: the latter would drop the result that it returns.
    private static Delegate Collect(INodeView view) => async (HttpContext http) =>
    {
        var run = await view.Garbage.CollectAsync(http.RequestAborted);
        return run.Outcome == DfsOutcome.Done
            ? Results.Json(run, AdminJson.Default.GarbageRun)
            : AdminApi.Answer(new AdminAnswer(run.Outcome, run.Detail));
    };
}
