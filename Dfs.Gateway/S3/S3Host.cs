using System.Net;
using System.Text;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.Trust;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Dfs.Gateway.S3;

/// <summary>Serves the <see cref="S3Endpoint"/> on a port of its own.</summary>
public sealed class S3Host : IAsyncDisposable
{
    /// <summary>1,024 clients at once: programs that open many connections for one job.</summary>
    public const int ConnectionsMax = 1024;

    /// <summary>256 KiB for each client that uploads: it sends while what came is cut.</summary>
    private const int RequestBufferBytes = 256 * 1024;

    /// <summary>512 KiB for each client that downloads: a piece is taken while the one before it is sent.</summary>
    private const int ResponseBufferBytes = 512 * 1024;

    private readonly WebApplication _web;

    private S3Host(WebApplication web) => _web = web;

    /// <summary>Where it listens, with the port that was given when 0 was asked for.</summary>
    public string Url => _web.Urls.First();

    /// <param name="tls">Null: plain.</param>
    /// <param name="audit">Null: nothing is noted.</param>
    /// <param name="limits">Those of the endpoint; null: as without settings.</param>
    /// <param name="memory">What content is received into and sent from; null: the server's own.</param>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<S3Host> StartAsync(
        IPEndPoint address, S3Endpoint endpoint, IMemoryPoolFactory<byte>? memory, CancellationToken cancellationToken, ClientTls? tls = null, AuditTrail? audit = null,
        ClientLimits? limits = null)
    {
        limits ??= new ClientLimits(ClientLimitSettings.Default, TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The endpoint has limits of its own, for each kind of content.
            kestrel.Limits.MaxRequestBodySize = null;
            // An upload that waits for its turn is not slow.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxRequestLineSize = S3Target.CharsMax + 64;
            kestrel.Limits.MaxRequestBufferSize = RequestBufferBytes;
            kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes;
            // Metadata is what its client made it, in UTF-8.
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.UTF8;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.UTF8;
            kestrel.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                limits.Bound(listen, ConnectionsMax);
                tls?.Secure(listen);
            });
        });
        if (memory is not null)
        {
            builder.Services.AddSingleton(memory);
        }

        var web = builder.Build();
        web.Use(ClientLimits.WorkAsync);
        web.Use(RequestContent.EndAsync);
        web.Use((HttpContext http, RequestDelegate next) => RequestSpans.OfS3Async(http, next));
        if (audit is not null)
        {
            web.Use((HttpContext http, RequestDelegate next) => audit.RunAsync("s3", http, next));
        }

        web.Run(endpoint.HandleAsync);
        await web.StartAsync(cancellationToken);
        return new S3Host(web);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
    }
}
