using System.Net.Security;
using Akka.Actor;
using Akka.Actor.Setup;

namespace Dfs.Actors.Trust;

/// <summary>Hands a node's trust to its actor system.</summary>
public sealed class TrustSetup(NodeTrust trust) : Setup
{
    public NodeTrust Trust { get; } = trust;
}

/// <summary>Answers the remoting's question of how each connection is to be encrypted; named in akka.remote.dot-netty.tcp.ssl.options-provider.</summary>
/// <remarks>On the packages of Akka.NET nobody asks: there the certificate of the DotNettySslSetup is used for as long as the actor system lives.</remarks>
public sealed class RemotingTls(ExtendedActorSystem system) : IServiceProvider
{
    private readonly NodeTrust _trust = system.Settings.Setup.Get<TrustSetup>().Value.Trust;

    public object? GetService(Type serviceType) =>
        serviceType == typeof(SslServerAuthenticationOptions) ? _trust.ForAccepting(NodeTrust.Remoting)
        : serviceType == typeof(SslClientAuthenticationOptions) ? _trust.ForDialing(NodeTrust.Remoting, null)
        : null;
}
