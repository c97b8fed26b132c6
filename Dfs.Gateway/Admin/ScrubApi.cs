using Dfs.Actors.Client;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The scrubber's part of the <see cref="AdminApi"/>; each answers with how it is now.</summary>
internal static class ScrubApi
{
    public static void Map(AdminRoutes routes, INodeView view)
    {
        routes.MapPost("/v1/scrub/now", RouteAccess.Admin, () => Answer(view.Scrub.Begin));
        routes.MapPost("/v1/scrub/pause", RouteAccess.Admin, () => Answer(view.Scrub.Pause));
        routes.MapPost("/v1/scrub/resume", RouteAccess.Admin, () => Answer(view.Scrub.Resume));

        IResult Answer(Action act)
        {
            act();
            return Results.Json(view.Scrub.Status, AdminJson.Default.ScrubStatus);
        }
    }
}
