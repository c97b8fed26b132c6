using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>Who is to hold data: the layout's part of the <see cref="AdminApi"/>.</summary>
internal static class LayoutApi
{
    public static void Map(AdminRoutes routes, INodeView view)
    {
        var layouts = view.Layouts;
        routes.MapGet("/v1/layout/plan", RouteAccess.Admin, Plan(layouts));
        routes.MapGet("/v1/can-stop", RouteAccess.Admin, (string node) => Answer(view.CanStop(node)));
        routes.MapPost("/v1/layout/apply", RouteAccess.Admin, Apply(layouts));
        routes.MapPost("/v1/layout/drain", RouteAccess.Admin, Run(layouts, LayoutCommand.Drain));
        routes.MapPost("/v1/layout/undrain", RouteAccess.Admin, Run(layouts, LayoutCommand.Undrain));
        routes.MapPost("/v1/layout/remove", RouteAccess.Admin, Run(layouts, LayoutCommand.Remove));
    }

    // Delegates, not RequestDelegates: the latter would drop the result that they return.
    private static Delegate Plan(ILayoutClient layouts) => async (HttpContext http) =>
        await layouts.PlanAsync(http.RequestAborted) is { } plan
            ? Results.Json(plan, AdminJson.Default.LayoutPlan)
            : Answer(new LayoutResult(DfsOutcome.NotReady, "The node has no layout yet; try again."));

    private static Delegate Apply(ILayoutClient layouts) => async (HttpContext http) =>
        Answer(await layouts.RunAsync(LayoutCommand.Apply, "", http.RequestAborted));

    private static Delegate Run(ILayoutClient layouts, LayoutCommand command) => async (HttpContext http, string node) =>
        Answer(await layouts.RunAsync(command, node, http.RequestAborted));

    private static IResult Answer(LayoutResult result) => Results.Json(
        new AdminAnswer(result.Outcome, result.Detail), AdminJson.Default.AdminAnswer, statusCode: AdminApi.StatusOf(result.Outcome));
}
