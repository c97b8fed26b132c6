using System.Globalization;
using System.Text;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.Admin;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.Trust;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Web;

/// <summary>Who may use the admin interface, and for what: whoever shows a token, and pages that exchanged one for a session.</summary>
/// <remarks>docs/formats/admin-api.md, "Sessions". A session is worth what its token is worth at each request: revoked or expired, it ends.</remarks>
internal sealed class WebLogin(AdminToken token, AccessTokens tokens, ClientLimits limits, TimeProvider time)
{
    /// <summary>The page's half of a session, on every request; <see cref="PageQuery"/> in its place where a browser makes the request itself.</summary>
    public const string PageHeader = "Dfs-Page";

    /// <summary>Only with GET: links and pictures cannot have headers. Worth nothing without the cookie.</summary>
    public const string PageQuery = "page";

    private const string Scheme = "Bearer ", OtherSite = "The page of another site asks this.";

    /// <summary>256 bytes: more than three times what a token has.</summary>
    private const int TokenBytesMax = 256;

    /// <summary>Ten seconds: whoever has no token yet must not keep a connection for longer by sending none.</summary>
    private static readonly TimeSpan TokenTimeMax = TimeSpan.FromSeconds(10);

    private readonly WebSessions _sessions = new(time);
    private readonly LoginThrottle _throttle = new(time);

    /// <summary>Asks each request for what its route takes; a route that does not say lets nobody in.</summary>
    public async ValueTask<object?> AuthorizeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var access = http.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>();
        if (access?.IsOpenTo(http.Connection.RemoteIpAddress) is true)
        {
            return await next(context);
        }

        var session = SessionOf(http);
        if (session is not null && WebPolicy.IsForeign(http.Request))
        {
            return Refuse(StatusCodes.Status403Forbidden, OtherSite);
        }

        var admission = await AdmitAsync(http.Request.Headers.Authorization.ToString(), session, http.RequestAborted);
        if (admission.Principal is not { } principal)
        {
            http.Response.Headers.Connection = "close";
            return admission.Outcome != DfsOutcome.NotFound
                ? AdminApi.Answer(new AdminAnswer(admission.Outcome, admission.Detail))
                : Refuse(StatusCodes.Status401Unauthorized, admission.Detail.Length > 0 ? admission.Detail
                    : "The token is missing or wrong; the node's own stands in admin.token in its data directory and is new at each start.");
        }

        if (limits.TakeKey(principal) is > 0 and var wait)
        {
            return ClientLimits.Refuse(http, wait);
        }

        var caller = new Caller(principal, time.GetUtcNow().ToUnixTimeSeconds(), session is not null);
        caller.Attach(http);
        return (access?.Decide(caller, http) ?? Verdict.Denied) switch
        {
            Verdict.Allowed => await next(context),
            Verdict.Expired => AdminApi.Answer(new AdminAnswer(DfsOutcome.NotAllowed, "What this token was granted has expired.")),
            _ => AdminApi.Answer(new AdminAnswer(DfsOutcome.NotAllowed, $"This token is not granted {GrantText.Of(access?.Verbs ?? Verbs.Admin)} there.")),
        };
    }

    /// <summary>Exchanges the token, which is the request's body, for a session; answers with the page's half.</summary>
    public async Task<IResult> LogInAsync(HttpContext http)
    {
        // Another site's form cannot set it, so it cannot use up what the throttle allows.
        if (!http.Request.Headers.ContainsKey(PageHeader))
        {
            return Refuse(StatusCodes.Status400BadRequest, $"A login has the header {PageHeader}.");
        }

        if (WebPolicy.IsForeign(http.Request))
        {
            return Refuse(StatusCodes.Status403Forbidden, OtherSite);
        }

        if (_throttle.Wait is { Ticks: > 0 } wait)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
            return Refuse(StatusCodes.Status429TooManyRequests, $"Too many wrong tokens. Try again in {Math.Ceiling(wait.TotalSeconds):0} s.");
        }

        if (await TokenOfAsync(http) is not { } sent)
        {
            http.Response.Headers.Connection = "close";
            return Refuse(StatusCodes.Status408RequestTimeout, $"The token did not come within {TokenTimeMax.TotalSeconds:0} s.");
        }

        var shown = sent.Length > TokenBytesMax ? Admission.Unknown : await AdmitAsync(Scheme + Encoding.UTF8.GetString(sent).Trim(), null, http.RequestAborted);
        if (shown.Principal is not { } principal)
        {
            if (shown.Outcome != DfsOutcome.NotFound)
            {
                return Refuse(AdminApi.StatusOf(shown.Outcome), shown.Detail);
            }

            _throttle.NoteFailure();
            return Refuse(StatusCodes.Status401Unauthorized, shown.Detail.Length > 0 ? shown.Detail : "That is not a token of this node. Its own is new at each start.");
        }

        new Caller(principal, time.GetUtcNow().ToUnixTimeSeconds(), HasSession: true).Attach(http);
        var session = _sessions.Begin(principal.Kind == PrincipalKind.Token ? principal.Id : "");
        http.Response.Cookies.Append(CookieName(http), session.Cookie, CookieOptions(http, WebSessions.LifeMax));
        return Results.Text(session.Page);
    }

    public IResult LogOut(HttpContext http)
    {
        if (SessionOf(http) is not null)
        {
            _sessions.End(http.Request.Cookies[CookieName(http)]!);
            http.Response.Cookies.Append(CookieName(http), "", CookieOptions(http, TimeSpan.Zero));
        }

        return Results.NoContent();
    }

    /// <returns>Null when it takes too long.</returns>
    private async Task<byte[]?> TokenOfAsync(HttpContext http)
    {
        using var late = new CancellationTokenSource(TokenTimeMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, http.RequestAborted);
        var bytes = new byte[TokenBytesMax + 1];
        try
        {
            return bytes[..await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, either.Token)];
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<Admission> AdmitAsync(string authorization, string? session, CancellationToken cancellationToken) =>
        token.Admits(authorization) || session is "" ? new Admission(Principal.NodeToken, DfsOutcome.Done, "")
        : authorization.StartsWith(Scheme, StringComparison.Ordinal) ? await tokens.FindAsync(authorization[Scheme.Length..], cancellationToken)
        : session is not null ? await tokens.FindAgainAsync(session, cancellationToken)
        : Admission.Unknown;

    /// <returns>The id of the token with which the request's session was begun, empty for the node's own; null when it has no session.</returns>
    private string? SessionOf(HttpContext http)
    {
        var page = http.Request.Headers[PageHeader].ToString();
        if (page.Length == 0 && HttpMethods.IsGet(http.Request.Method))
        {
            page = http.Request.Query[PageQuery].ToString();
        }

        return _sessions.TokenOf(http.Request.Cookies[CookieName(http)], page);
    }

    // By port: browsers have one set of cookies for all nodes on a host. The prefix keeps other hosts of a domain, and plain ports, from setting it.
    private static string CookieName(HttpContext http) =>
        string.Create(CultureInfo.InvariantCulture, $"{(http.Request.IsHttps ? "__Host-" : "")}dfs-{http.Request.Host.Port ?? (http.Request.IsHttps ? 443 : 80)}");

    private static CookieOptions CookieOptions(HttpContext http, TimeSpan lifeMax) => new()
    {
        HttpOnly = true,
        Secure = http.Request.IsHttps,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        MaxAge = lifeMax,
    };

    private static IResult Refuse(int status, string sentence) => Results.Text(sentence + "\n", statusCode: status);
}
