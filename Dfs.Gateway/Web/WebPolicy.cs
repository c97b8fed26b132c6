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
        return next(http);
    }
}
