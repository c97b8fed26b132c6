using Dfs.Actors.Client;
using Dfs.Gateway.Admin;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Web;

/// <summary>The web page of a node, on its http address; what it shows and does it asks of the admin interface.</summary>
internal static class WebPage
{
    private const string FilesPath = "/page/";

    public static void Map(AdminRoutes routes, IOwners owners, WebLogin login)
    {
        var files = new PageFiles();
        routes.MapGet("/", RouteAccess.Everybody, (HttpContext http) => files.Send(http, "index.html"));
        foreach (var name in files.Names)
        {
            routes.MapGet(FilesPath + name, RouteAccess.Everybody, (HttpContext http) => files.Send(http, name));
        }

        new ShareLinks(owners, files).Map(routes);
        routes.MapPost("/web/login", RouteAccess.Everybody, login.LogInAsync);
        routes.MapPost("/web/logout", RouteAccess.Everybody, login.LogOut);
        routes.MapGet("/web/session", RouteAccess.Known, () => Results.NoContent());
    }
}
