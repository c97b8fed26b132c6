using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Admin;

/// <summary>Maps the routes of the http address, each with who is let in.</summary>
/// <remarks>Delegates, not RequestDelegates: the latter would drop the results that handlers return.</remarks>
/// <param name="routes">A group whose filter asks each request for what its route takes.</param>
internal sealed class AdminRoutes(IEndpointRouteBuilder routes)
{
    public void MapGet(string path, RouteAccess access, Delegate handler) => routes.MapGet(path, handler).WithMetadata(access);

    public void MapPut(string path, RouteAccess access, Delegate handler) => routes.MapPut(path, handler).WithMetadata(access);

    public void MapPost(string path, RouteAccess access, Delegate handler) => routes.MapPost(path, handler).WithMetadata(access);

    public void MapPatch(string path, RouteAccess access, Delegate handler) => routes.MapPatch(path, handler).WithMetadata(access);

    public void MapDelete(string path, RouteAccess access, Delegate handler) => routes.MapDelete(path, handler).WithMetadata(access);
}
