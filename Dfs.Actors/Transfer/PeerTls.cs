using System.Net.Security;
using System.Net.Sockets;
using Dfs.Actors.Trust;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.Trust;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Dfs.Actors.Transfer;

/// <summary>Mutual TLS of the peer endpoint, on both sides.</summary>
internal static class PeerTls
{
    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(5);

    private static readonly object PeerKey = new();

    private static readonly object Newcomer = new();

    /// <summary>Before the server sees a byte: certificates on both sides, and whose the peer's is.</summary>
    /// <param name="admits">Who greets as <see cref="PeerJoin.ServerName"/> needs no certificate, and can only ask to join.</param>
    public static void Secure(ListenOptions listen, NodeTrust trust, bool admits)
    {
        listen.Use(next => async connection =>
        {
            await next(connection);
            if (!connection.Items.ContainsKey(PeerKey))
            {
                TrustMetrics.Failed(NodeTrust.Peers);
            }
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeMax,
            OnConnection = handshake =>
            {
                var isNewcomer = admits && handshake.ClientHelloInfo.ServerName == PeerJoin.ServerName;
                if (isNewcomer)
                {
                    handshake.Connection.Items[Newcomer] = Newcomer;
                }

                return ValueTask.FromResult(isNewcomer ? trust.ForJoining() : trust.ForAccepting(NodeTrust.Peers, handshake.Connection));
            },
        });
        listen.Use(next => connection =>
        {
            var shown = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
            connection.Items[PeerKey] = shown is null ? null : NodeCertificate.IdentityOf(shown);
            return next(connection);
        });
    }

    /// <summary>Whether a request came over a connection that showed no certificate.</summary>
    public static bool IsNewcomer(HttpContext context) => context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Newcomer) == true;

    /// <summary>Whether the replica that a request says it comes from is the one of the certificate; one that names no node may be any.</summary>
    public static bool IsSender(HttpContext context, ReplicaId from)
    {
        var identity = SenderOf(context);
        if (identity is null || identity.Replica == from)
        {
            return true;
        }

        TrustMetrics.Refused(NodeTrust.Peers, TrustVerdict.WrongNode);
        return false;
    }

    /// <summary>Who its certificate says the sender is; null without one that names a node.</summary>
    public static NodeIdentity? SenderOf(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(PeerKey, out var peer) == true ? peer as NodeIdentity : null;

    /// <summary>Connects to the replica that the first request is for, and to no other node of the cluster.</summary>
    public static async ValueTask<Stream> ConnectAsync(NodeTrust trust, SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = await PeerSockets.ConnectAsync(context.DnsEndPoint, cancellation);
        try
        {
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
            var meant = context.InitialRequestMessage.Headers.TryGetValues(PeerProtocol.ToHeader, out var to) && ReplicaId.TryParse(to.First(), out var replica)
                ? replica
                : default(ReplicaId?);
            var options = trust.ForDialing(NodeTrust.Peers, meant);
            options.TargetHost = context.DnsEndPoint.Host;
            await stream.AuthenticateAsClientAsync(options, cancellation);
            return stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
