using System.Net;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Web;

/// <summary>What browsers are told about answers on the http address.</summary>
/// <remarks>
/// Every answer is nothing but data to a browser (no script, no frame, no guess at its type, no copy kept), because files of users come from the same
/// origin as the page. Only the page's own files are told <see cref="Page"/>.
/// </remarks>
internal static class WebPolicy
{
    /// <summary>Everything from this origin and nothing inline; text never becomes markup (Trusted Types without a policy).</summary>
    public const string Page =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'none'; "
        + "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public const string Data = "default-src 'none'; frame-ancestors 'none'; sandbox";

    // A year. It concerns every port of a name, so only where the name's own port is this one; another program on the host may be plain.
    private const string StrictTransport = "max-age=31536000";

    public static Task ApplyAsync(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Data;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (http.Request.IsHttps && http.Request.Host.Port is null or 443 && !IPAddress.TryParse(http.Request.Host.Host.Trim('[', ']'), out _))
        {
            headers.StrictTransportSecurity = StrictTransport;
        }

        return next(http);
    }

    /// <summary>Whether the page of another site, or of another program on this host, makes a browser ask this.</summary>
    /// <remarks>Who is no browser says nothing of an origin. Behind a proxy with TLS the scheme is not known here, so it counts on a TLS port only.</remarks>
    public static bool IsForeign(HttpRequest request) =>
        (request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
                && (!request.IsHttps || uri.Scheme == Uri.UriSchemeHttps)))
        || (!HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site");
}
