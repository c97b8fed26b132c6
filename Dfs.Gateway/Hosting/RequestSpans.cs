using System.Diagnostics;
using Dfs.Actors.Tracing;
using Dfs.Gateway.Admin;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Hosting;

/// <summary>A span around each request of a client; its name says what was asked, never of which file.</summary>
internal static class RequestSpans
{
    /// <summary>Of the http address, after routing. What is open to everybody (health, metrics, the page itself) has none.</summary>
    public static Task OfRouteAsync(HttpContext http, RequestDelegate next) =>
        Spans.IsOn && http.GetEndpoint() is RouteEndpoint route && route.Metadata.GetMetadata<RouteAccess>() is { IsOpen: false }
            ? RunAsync($"{Spans.MethodOf(http.Request)} {route.RoutePattern.RawText}", http, next)
            : next(http);

    /// <summary>Of the S3 endpoint, which gives it the action's name as soon as it knows it.</summary>
    public static Task OfS3Async(HttpContext http, RequestDelegate next) => Spans.IsOn ? RunAsync("s3", http, next) : next(http);

    // A method of its own: the span is current within it only.
    private static async Task RunAsync(string name, HttpContext http, RequestDelegate next)
    {
        using var span = Spans.BeginRequest(name, http.Request);
        try
        {
            await next(http);
        }
        finally
        {
            var status = http.Response.StatusCode;
            span?.SetTag("http.response.status_code", status);
            if (status >= StatusCodes.Status500InternalServerError || http.RequestAborted.IsCancellationRequested)
            {
                span?.SetStatus(ActivityStatusCode.Error);
            }
        }
    }
}
