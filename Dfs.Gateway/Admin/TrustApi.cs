using Dfs.Actors.Client;
using Dfs.Client;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>Who is let in and who is expelled: the trust's part of the <see cref="AdminApi"/>.</summary>
internal static class TrustApi
{
    public static void Map(AdminRoutes routes, INodeView view)
    {
        routes.MapGet("/v1/invitations", RouteAccess.Admin, () => Results.Json(view.Trust.Invitations, AdminJson.Default.IReadOnlyListInvitationInfo));
        routes.MapPost("/v1/invitations", RouteAccess.Admin, (int seconds, string? node, string? note, string? role) => Answer(
            role is null or "full" or "storage"
                ? view.Trust.Invite(TimeSpan.FromSeconds(seconds), node, note ?? "", role == "storage")
                : new TrustAnswer(DfsOutcome.NotAllowed, "A role is 'full' or 'storage'.")));
        routes.MapDelete("/v1/invitations/{id}", RouteAccess.Admin, (string id) => Answer(view.Trust.Withdraw(id)));
        routes.MapPost("/v1/certificate/renew", RouteAccess.Admin, Renew(view));
        routes.MapPost("/v1/peers/expel", RouteAccess.Admin, Expel(view));
    }

    private static Delegate Renew(INodeView view) => async (HttpContext http) => Answer(await view.Trust.RenewAsync(http.RequestAborted));

    private static Delegate Expel(INodeView view) => async (HttpContext http, string node) => Answer(await view.Trust.ExpelAsync(node, http.RequestAborted));

    private static IResult Answer(TrustAnswer answer) =>
        Results.Json(answer, AdminJson.Default.TrustAnswer, statusCode: AdminApi.StatusOf(answer.Outcome));
}
