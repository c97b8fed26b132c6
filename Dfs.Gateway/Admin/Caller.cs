using Dfs.Core.Trust.Grants;
using Dfs.Gateway.Trust;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>Who made a request that was let in, and when.</summary>
/// <param name="HasSession">By a session of the web page, which was begun with what the principal says.</param>
public sealed record Caller(Principal Principal, long NowUnixSeconds, bool HasSession)
{
    /// <summary>Of a request on a route that is not for everybody.</summary>
    public static Caller Of(HttpContext http) => (Caller)http.Items[typeof(Caller)]!;

    /// <summary>The beginnings of the names that may be listed in a bucket; null for all.</summary>
    public IReadOnlyList<string>? NamesIn(string bucket) => Principal.Grants.NamesIn(bucket, NowUnixSeconds);

    public bool MaySee(string bucket) => Permissions.MaySee(Principal, bucket, NowUnixSeconds);

    internal void Attach(HttpContext http)
    {
        http.Items[typeof(Caller)] = this;
        if (AuditNote.Of(http) is { } note)
        {
            (note.Who, note.OwnerId) = (Principal, Principal.OwnerId);
        }
    }
}
