using Dfs.Actors.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Admin;

/// <summary>Who is to hold data: the layout's part of the <see cref="AdminApi"/>.</summary>
internal static class LayoutApi
{
    public static void Map(IEndpointRouteBuilder routes, ILayoutClient layouts)
    {
        routes.MapPost("/v1/layout/drain", Run(layouts, LayoutCommand.Drain));
        routes.MapPost("/v1/layout/undrain", Run(layouts, LayoutCommand.Undrain));
        routes.MapPost("/v1/layout/remove", Run(layouts, LayoutCommand.Remove));
    }

    private static Delegate Run(ILayoutClient layouts, LayoutCommand command) => async (HttpContext http, string node) =>
    {
        var result = await layouts.RunAsync(command, node, http.RequestAborted);
        return Results.Json(
            new AdminAnswer(result.Outcome, result.Detail), AdminJson.Default.AdminAnswer, statusCode: AdminApi.StatusOf(result.Outcome));
    };
}
