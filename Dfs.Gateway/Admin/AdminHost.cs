using System.Net;
using Dfs.Actors.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dfs.Gateway.Admin;

/// <summary>Serves the <see cref="AdminApi"/> on the node's http address.</summary>
public sealed class AdminHost : IAsyncDisposable
{
    /// <summary>256 clients at once: people and their tools, not peers.</summary>
    public const int ConnectionsMax = 256;

    /// <summary>4 MiB for each client that uploads.</summary>
    private const int RequestBufferBytes = 4 * 1024 * 1024;

    /// <summary>1 MiB for each client that downloads, so that a chunk is opened while the one before it is sent.</summary>
    private const int ResponseBufferBytes = 1024 * 1024;

    private readonly WebApplication _web;

    private AdminHost(WebApplication web) => _web = web;

    /// <summary>Where it listens, with the port that was given when 0 was asked for.</summary>
    public string Url => _web.Urls.First();

    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<AdminHost> StartAsync(
        IPEndPoint address, IDfsClient client, INodeView node, AdminToken token, ILoggerProvider? logs,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            // Who pipes a program's output in may wait for it, and an upload that waits for its turn is not slow.
            kestrel.Limits.MinRequestBodyDataRate = null;
            // A chunk of the largest size arrives while the one before it is cut and sealed.
            kestrel.Limits.MaxRequestBufferSize = RequestBufferBytes;
            kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes;
            kestrel.Listen(address, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Warning);
        }

        var web = builder.Build();
        web.UseRouting();
        AdminApi.Map(web, client, node, token);
        await web.StartAsync(cancellationToken);
        return new AdminHost(web);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
    }
}
