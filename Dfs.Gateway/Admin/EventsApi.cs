using System.Globalization;
using Dfs.Actors.Client;
using Dfs.Core.Events;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>What happened, as part of the <see cref="AdminApi"/>.</summary>
internal static class EventsApi
{
    public static void Map(AdminRoutes routes, INodeView view) => routes.MapGet("/v1/events", RouteAccess.Admin, async (HttpContext http) =>
    {
        var since = http.Request.Query["since"].ToString() is { Length: > 0 } text ? text : "0";
        if (!long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var sinceUnixMs)
            || sinceUnixMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return Results.Text("since is a time in milliseconds since 1970.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var story = await view.Events.ReadAsync(DateTimeOffset.FromUnixTimeMilliseconds(sinceUnixMs), http.RequestAborted);
        return Results.Json(
            new AdminEvents([.. story.Events.Select(AdminEvent.Of)], story.Without), AdminJson.Default.AdminEvents);
    });
}

/// <param name="Without">Nodes that did not answer.</param>
public sealed record AdminEvents(IReadOnlyList<AdminEvent> Events, IReadOnlyList<string> Without);

/// <summary>One thing that happened.</summary>
/// <param name="Kind">"node-unreachable", "layout-decided", …</param>
/// <param name="Node">Whom it is about; empty: the cluster.</param>
/// <param name="By">Who has noted it.</param>
public sealed record AdminEvent(DateTimeOffset At, string Kind, string Node, string Text, IReadOnlyList<string> By)
{
    internal static AdminEvent Of(SeenEvent seen) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(seen.AtUnixMs, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())),
        Word(seen.Kind), seen.Subject, seen.Text, seen.By);

    // NodeUnreachable: node-unreachable; what a newer node has noted is a number.
    private static string Word(EventKind kind) => string.Concat(kind.ToString().Select((letter, index) =>
        char.IsUpper(letter) ? $"{(index > 0 ? "-" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
