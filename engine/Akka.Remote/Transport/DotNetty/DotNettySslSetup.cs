using System.Security.Cryptography.X509Certificates;
using Akka.Actor.Setup;

namespace Akka.Remote.Transport.DotNetty;

/// <summary>The certificate of this system's remoting, for programs that do not keep it in a file.</summary>
/// <param name="certificate">With its private key; wins over akka.remote.dot-netty.tcp.ssl.certificate.</param>
/// <param name="suppressValidation">Takes any certificate of a peer; wins over ssl.suppress-validation.</param>
public sealed class DotNettySslSetup(X509Certificate2 certificate, bool suppressValidation) : Setup
{
    public X509Certificate2 Certificate { get; } = certificate;

    public bool SuppressValidation { get; } = suppressValidation;
}
