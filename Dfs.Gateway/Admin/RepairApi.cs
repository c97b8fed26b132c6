using Dfs.Actors.Client;
using Dfs.Client.Http;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>Repair's part of the <see cref="AdminApi"/>; how it is stands in the status.</summary>
internal static class RepairApi
{
    public static void Map(AdminRoutes routes, INodeView view)
    {
        routes.MapPost("/v1/repair/pause", RouteAccess.Admin, () => Answer(RepairCommand.Pause));
        routes.MapPost("/v1/repair/resume", RouteAccess.Admin, () => Answer(RepairCommand.Resume));
        routes.MapPost("/v1/repair/now", RouteAccess.Admin, () => Answer(RepairCommand.Now));

        IResult Answer(RepairCommand command)
        {
            var result = view.Repairs.Run(command);
            return Results.Json(
                new AdminAnswer(result.Outcome, result.Detail), AdminJson.Default.AdminAnswer, statusCode: AdminApi.StatusOf(result.Outcome));
        }
    }
}
