using System.Globalization;
using System.Text;
using Dfs.Gateway.Admin;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Web;

/// <summary>Who may use the admin interface: whoever shows the token, and pages that exchanged it for a session.</summary>
/// <remarks>docs/formats/admin-api.md, "Sessions".</remarks>
internal sealed class WebLogin(AdminToken token, TimeProvider time)
{
    /// <summary>The page's half of a session, on every request; <see cref="PageQuery"/> in its place where a browser makes the request itself.</summary>
    public const string PageHeader = "Dfs-Page";

    /// <summary>Only with GET: links and pictures cannot have headers. Worth nothing without the cookie.</summary>
    public const string PageQuery = "page";

    /// <summary>256 bytes: four times what a token has.</summary>
    private const int TokenBytesMax = 256;

    private readonly WebSessions _sessions = new(time);
    private readonly LoginThrottle _throttle = new(time);

    public async ValueTask<object?> AuthorizeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (token.Admits(http.Request.Headers.Authorization) || HasSession(http))
        {
            return await next(context);
        }

        http.Response.Headers.Connection = "close";
        return Results.Text(
            "The token is missing or wrong; it stands in admin.token in the node's data directory and is new at each start.\n",
            statusCode: StatusCodes.Status401Unauthorized);
    }

    /// <summary>Exchanges the token, which is the request's body, for a session; answers with the page's half.</summary>
    public async Task<IResult> LogInAsync(HttpContext http)
    {
        // Another site's form cannot set it, so it cannot use up what the throttle allows.
        if (!http.Request.Headers.ContainsKey(PageHeader))
        {
            return Refuse(StatusCodes.Status400BadRequest, $"A login has the header {PageHeader}.");
        }

        if (_throttle.Wait is { Ticks: > 0 } wait)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
            return Refuse(StatusCodes.Status429TooManyRequests, $"Too many wrong tokens. Try again in {Math.Ceiling(wait.TotalSeconds):0} s.");
        }

        var bytes = new byte[TokenBytesMax + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted);
        if (read > TokenBytesMax || !token.Admits($"Bearer {Encoding.UTF8.GetString(bytes, 0, read).Trim()}"))
        {
            _throttle.NoteFailure();
            return Refuse(StatusCodes.Status401Unauthorized, "That is not the token of this node. It is new at each start.");
        }

        var session = _sessions.Begin();
        http.Response.Cookies.Append(CookieName(http), session.Cookie, CookieOptions(WebSessions.LifeMax));
        return Results.Text(session.Page);
    }

    public IResult LogOut(HttpContext http)
    {
        if (HasSession(http))
        {
            _sessions.End(http.Request.Cookies[CookieName(http)]!);
            http.Response.Cookies.Append(CookieName(http), "", CookieOptions(TimeSpan.Zero));
        }

        return Results.NoContent();
    }

    private bool HasSession(HttpContext http)
    {
        var page = http.Request.Headers[PageHeader].ToString();
        if (page.Length == 0 && HttpMethods.IsGet(http.Request.Method))
        {
            page = http.Request.Query[PageQuery].ToString();
        }

        return _sessions.Admits(http.Request.Cookies[CookieName(http)], page);
    }

    // By port: browsers have one set of cookies for all nodes on a host.
    private static string CookieName(HttpContext http) =>
        string.Create(CultureInfo.InvariantCulture, $"dfs-{http.Request.Host.Port ?? (http.Request.IsHttps ? 443 : 80)}");

    private static CookieOptions CookieOptions(TimeSpan lifeMax) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        MaxAge = lifeMax,
    };

    private static IResult Refuse(int status, string sentence) => Results.Text(sentence + "\n", statusCode: status);
}
