using Dfs.Actors.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Web;

/// <summary>The web page of a node, on its http address; what it shows and does it asks of the admin interface.</summary>
internal static class WebPage
{
    private const string FilesPath = "/page/";

    /// <param name="open">Routes for everybody.</param>
    /// <param name="guarded">Routes for whoever is logged in.</param>
    public static void Map(IEndpointRouteBuilder open, IEndpointRouteBuilder guarded, IOwners owners, WebLogin login)
    {
        var files = new PageFiles();
        open.MapGet("/", (HttpContext http) => files.Send(http, "index.html"));
        foreach (var name in files.Names)
        {
            open.MapGet(FilesPath + name, (HttpContext http) => files.Send(http, name));
        }

        new ShareLinks(owners, files).Map(open);
        open.MapPost("/web/login", (Delegate)login.LogInAsync);
        open.MapPost("/web/logout", login.LogOut);
        guarded.MapGet("/web/session", () => Results.NoContent());
    }
}
