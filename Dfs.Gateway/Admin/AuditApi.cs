using System.Globalization;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Trust.Audit;
using Dfs.Gateway.Trust;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>The node's audit log, as part of the <see cref="AdminApi"/>.</summary>
internal static class AuditApi
{
    /// <param name="audit">Null where none is kept.</param>
    public static void Map(AdminRoutes routes, AuditTrail? audit)
    {
        routes.MapGet("/v1/audit", RouteAccess.Admin, (HttpContext http) =>
            audit is null ? None
            : TryNumber(http, "since", out var since) && TryNumber(http, "after", out var after)
                ? Results.Json(new AuditPage(audit.Read(since, after, OfChanges(http))), AdminJson.Default.AuditPage)
                : Results.Text("since is a time in milliseconds since 1970, after the number of a record.\n", statusCode: StatusCodes.Status400BadRequest));
        routes.MapGet("/v1/audit/check", RouteAccess.Admin, (HttpContext http) =>
            audit?.Check(http.Request.Query["last"].ToString() is { Length: > 0 } last ? last : null, OfChanges(http)) is { } found
                ? Results.Json(found, AdminJson.Default.AuditFinding)
                : None);
    }

    private static bool OfChanges(HttpContext http) => http.Request.Query["of"] == "changes";

    private static IResult None => AdminApi.Answer(new AdminAnswer(DfsOutcome.NotFound, "This node keeps no such audit log (dfs.audit.level)."));

    private static bool TryNumber(HttpContext http, string name, out long number)
    {
        number = 0;
        var text = http.Request.Query[name].ToString();
        return text.Length == 0 || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}

/// <param name="Records">Oldest first.</param>
public sealed record AuditPage(IReadOnlyList<AuditLine> Records);

/// <summary>One record as people read it.</summary>
/// <param name="Name">"bucket/key"; null where there is none, or nobody here has the keyring that opens it.</param>
/// <param name="IsSealed">There is a name, and it was not opened.</param>
public sealed record AuditLine(
    long Number, DateTimeOffset At, string Via, string Who, string Owner, string From, string Does, string? Name, bool IsSealed, string Subject, string Result, string Previous)
{
    internal static AuditLine Of(AuditRecord record, string? name)
    {
        var entry = record.Entry;
        return new AuditLine(
            record.Number, DateTimeOffset.FromUnixTimeMilliseconds(entry.AtUnixMs), entry.Via, entry.Who, entry.Owner, entry.From, entry.Does, name, entry.Name.Length > 0 && name is null, entry.Subject,
            entry.Result, record.Previous);
    }
}
