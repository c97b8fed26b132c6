using Dfs.Actors.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Admin;

/// <summary>The scrubber's part of the <see cref="AdminApi"/>; each answers with how it is now.</summary>
internal static class ScrubApi
{
    public static void Map(IEndpointRouteBuilder routes, INodeView view)
    {
        routes.MapPost("/v1/scrub/now", () => Answer(view.Scrub.Begin));
        routes.MapPost("/v1/scrub/pause", () => Answer(view.Scrub.Pause));
        routes.MapPost("/v1/scrub/resume", () => Answer(view.Scrub.Resume));

        IResult Answer(Action act)
        {
            act();
            return Results.Json(view.Scrub.Status, AdminJson.Default.ScrubStatus);
        }
    }
}
