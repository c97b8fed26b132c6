using System.Net;
using Dfs.Actors.Client;
using Dfs.Actors.Trust;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.Metrics;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Dfs.Gateway.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dfs.Gateway.Admin;

/// <summary>Serves the <see cref="AdminApi"/> and the web page on the node's http address.</summary>
public sealed class AdminHost : IAsyncDisposable
{
    /// <summary>256 clients at once: people and their tools, not peers.</summary>
    public const int ConnectionsMax = 256;

    /// <summary>256 KiB for each client that uploads: it sends while what came is cut.</summary>
    private const int RequestBufferBytes = 256 * 1024;

    /// <summary>512 KiB for each client that downloads: a piece is taken while the one before it is sent.</summary>
    private const int ResponseBufferBytes = 512 * 1024;

    private readonly WebApplication _web;
    private readonly MetricCollector _metrics;

    private AdminHost(WebApplication web, MetricCollector metrics) => (_web, _metrics) = (web, metrics);

    /// <summary>Where it listens, with the port that was given when 0 was asked for.</summary>
    public string Url => _web.Urls.First();

    /// <summary>What is mapped, for whoever checks who is let in where.</summary>
    internal IEnumerable<RouteEndpoint> Routes => ((IEndpointRouteBuilder)_web).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    /// <param name="time">By which sessions of the web page end.</param>
    /// <param name="tls">Null: plain.</param>
    /// <param name="audit">Null: nothing is noted.</param>
    /// <param name="limits">Null: as without settings.</param>
    /// <param name="memory">What content is received into and sent from; null: the server's own.</param>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<AdminHost> StartAsync(
        IPEndPoint address, IOwners owners, AccessKeys keys, INodeView node, AdminToken token, TimeProvider time,
        ILoggerProvider? logs, IMemoryPoolFactory<byte>? memory, CancellationToken cancellationToken, ClientTls? tls = null, AuditTrail? audit = null,
        ClientLimits? limits = null)
    {
        limits ??= new ClientLimits(ClientLimitSettings.Default, time);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Who pipes a program's output in may wait for it, and an upload that waits for its turn is not slow.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxRequestBufferSize = RequestBufferBytes;
            kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes;
            kestrel.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                limits.Bound(listen, ConnectionsMax);
                tls?.Secure(listen);
            });
        });
        builder.Services.AddRoutingCore();
        if (memory is not null)
        {
            builder.Services.AddSingleton(memory);
        }

        if (logs is not null)
        {
            builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Warning);
        }

        var web = builder.Build();
        web.Use(ClientLimits.WorkAsync);
        web.Use(RequestContent.EndAsync);
        web.Use(WebPolicy.ApplyAsync);
        web.Use((HttpContext http, RequestDelegate next) => limits.TakeAddress(http) is > 0 and var wait ? ClientLimits.Refuse(http, wait).ExecuteAsync(http) : next(http));
        web.UseRouting();
        web.Use((HttpContext http, RequestDelegate next) => RequestSpans.OfRouteAsync(http, next));
        web.Use((HttpContext http, RequestDelegate next) => WithinAsync(http, next, limits.Answers));
        if (audit is not null)
        {
            web.Use((HttpContext http, RequestDelegate next) => audit.RunAsync("http", http, next));
        }

        var metrics = new MetricCollector();
        TrustMetrics.Declare();
        RefusalMetrics.Declare();
        AuditMetrics.Declare();
        var tokens = new AccessTokens(owners, time);
        AdminApi.Map(web, owners, keys, tokens, node, metrics, new WebLogin(token, tokens, limits, time), audit);
        try
        {
            await web.StartAsync(cancellationToken);
        }
        catch
        {
            metrics.Dispose();
            throw;
        }

        return new AdminHost(web, metrics);
    }

    private static async Task WithinAsync(HttpContext http, RequestDelegate next, AnswerLimit answers)
    {
        using var budget = http.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>() is { IsOfOne: true } ? RequestBudget.Begin(answers) : null;
        await next(http);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
        _metrics.Dispose();
    }
}
