using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Crypto;
using Dfs.Core.Sharing;
using Dfs.Gateway.Admin;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Web;

/// <summary>Capabilities as links, <c>/s/…</c>, which open without a login until the share ends.</summary>
/// <remarks>
/// The link is the capability without "dfs1:". One that is sealed to a recipient is refused: the node would open it with its own owner's key for
/// anybody who asks.
/// </remarks>
internal sealed class ShareLinks(IOwners owners, PageFiles files)
{
    private readonly SignatureVerifier _verifier = new();

    public void Map(AdminRoutes routes)
    {
        routes.MapGet("/s/{link}", RouteAccess.Everybody, (HttpContext http) => files.Send(http, "share.html"));
        routes.MapGet("/s/{link}/about", RouteAccess.Everybody, OnShare(AboutAsync));
        routes.MapGet("/s/{link}/file", RouteAccess.Everybody, OnShare((http, opened, ticket) => AdminApi.SendAsync(http, opened, ticket.Name)));
    }

    private static async Task<IResult> AboutAsync(HttpContext http, OpenResult opened, ShareTicket ticket)
    {
        if (opened.File is null)
        {
            return AdminApi.Answer(new AdminAnswer(opened.Outcome, opened.Detail));
        }

        await using var file = opened.File;
        return Results.Json(
            new SharedFile(
                ticket.Name, file.SizeBytes, file.ContentType, file.ModifiedAt,
                ticket.ExpiresUnixSeconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds((long)ticket.ExpiresUnixSeconds)),
            AdminJson.Default.SharedFile);
    }

    // A Delegate, not a RequestDelegate: the latter would drop the result that it returns.
    private Delegate OnShare(Func<HttpContext, OpenResult, ShareTicket, Task<IResult>> act) => async (HttpContext http, string link) =>
    {
        if (!Capability.TryParse(Capability.Prefix + link, _verifier, out var capability))
        {
            return Refuse("This link is damaged: it was cut off or changed on its way.");
        }

        if (capability.Recipient is not null)
        {
            return Refuse("This share is for one recipient, who opens it with `dfs get`.");
        }

        return owners.Choose("").Client is { } client
            ? await act(http, await client.Shares.OpenAsync(capability.ToText(), http.RequestAborted), capability.Ticket)
            : AdminApi.Answer(new AdminAnswer(DfsOutcome.NotReady, "This node serves nobody."));
    };

    private static IResult Refuse(string sentence) => AdminApi.Answer(new AdminAnswer(DfsOutcome.NotAllowed, sentence));
}
