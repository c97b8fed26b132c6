using System.Net;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dfs.Actors.Transfer;

/// <summary>The port where peers put, get, pin and list this node's chunks: HTTP/1.1, apart from the actors' connections.</summary>
/// <remarks>
/// One per node; lives on while the actor system is rebuilt. Has a host of its own that reads no settings from the
/// environment and minds no signals. Memory: the buffer pool's, and Kestrel's for each connection.
/// </remarks>
public sealed class PeerEndpoint : IAsyncDisposable
{
    private const int LineSizeBytesMax = 1024;
    private const int HeadersSizeBytesMax = 4096;
    private const int HeadersMax = 32;
    private const int WindowSizeBytes = 1024 * 1024;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeptAlive = TimeSpan.FromMinutes(2);

    // A reader slower than this holds a chunk's memory for nothing.
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: SlowLinks.SlowestBytesPerSecond, TimeSpan.FromSeconds(5));

    private readonly WebApplication _application;
    private readonly IPEndPoint _listen;

    /// <exception cref="ArgumentException">The address is not loopback, and nobody said that this is meant.</exception>
    public PeerEndpoint(PeerEndpointOptions options)
    {
        if (!IPAddress.IsLoopback(options.Listen.Address) && !options.AllowExternal && options.Trust is null)
        {
            throw new ArgumentException(
                $"The peer endpoint would listen on {options.Listen}, unencrypted. Use a loopback address or certificates, or say that "
                + "the network is protected by other means.", nameof(options));
        }

        _listen = options.Listen;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => Configure(server, options));
        // After the server's own, which would be taken instead.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlocks>();
        _application = builder.Build();
        _application.Run(new PeerRequests(options).HandleAsync);
    }

    /// <summary>Where it listens, once it is started: what goes into the layout.</summary>
    public Uri Address
    {
        get
        {
            var addresses = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
            Invariant.Holds(addresses is { Addresses.Count: 1 }, "a started endpoint has one address");
            return new Uri(addresses.Addresses.Single());
        }
    }

    /// <exception cref="IOException">The port is taken.</exception>
    public Task StartAsync(CancellationToken cancellation) => _application.StartAsync(cancellation);

    /// <summary>Takes no more requests, and lets those that run end until the token says otherwise.</summary>
    public Task StopAsync(CancellationToken cancellation) => _application.StopAsync(cancellation);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    public override string ToString() => $"peer endpoint on {_listen}";

    private static void Configure(KestrelServerOptions server, PeerEndpointOptions options)
    {
        server.AddServerHeader = false;
        server.AllowResponseHeaderCompression = false;
        var limits = server.Limits;
        limits.MaxConcurrentConnections = options.ConnectionsMax;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = PeerProtocol.ChunkSizeBytesMax;
        limits.MaxRequestLineSize = LineSizeBytesMax;
        limits.MaxRequestHeadersTotalSize = HeadersSizeBytesMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeptAlive;
        limits.MaxRequestBufferSize = WindowSizeBytes;
        limits.MaxResponseBufferSize = WindowSizeBytes;
        // Requests are watched by PeerBody, which counts only while it wants to read.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = SlowestReader;
        server.Listen(options.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (options.Trust is { } trust)
            {
                PeerTls.Secure(listen, trust, options.Admission is not null);
            }
        });
    }

    // The node decides when the endpoint ends, not a signal.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
