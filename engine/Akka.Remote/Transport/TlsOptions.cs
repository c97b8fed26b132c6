using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;

namespace Akka.Remote.Transport;

/// <summary>How connections are encrypted: TLS 1.3, with a certificate on both sides unless the settings say otherwise.</summary>
/// <remarks>
/// Where ssl.options-provider names a class, it is asked anew for every connection, so that certificates change without a restart.
/// It has a constructor that takes an <see cref="ExtendedActorSystem"/>, and is an <see cref="IServiceProvider"/> of <see cref="SslServerAuthenticationOptions"/>
/// and <see cref="SslClientAuthenticationOptions"/>. Else the certificate is that of a <see cref="DotNettySslSetup"/> or of a PKCS #12 file, and peers are
/// checked as the operating system does.
/// </remarks>
internal sealed class TlsOptions
{
    private readonly IServiceProvider? _provider;
    private readonly SslStreamCertificateContext? _certificate;
    private readonly bool _suppressValidation;
    private readonly bool _isMutual;

    private TlsOptions(ExtendedActorSystem system, Config ssl)
    {
        _isMutual = ssl.GetBoolean("require-mutual-authentication");
        ChecksNames = ssl.GetBoolean("validate-certificate-hostname");
        if (ssl.GetString("options-provider") is { Length: > 0 } provider)
        {
            var type = Type.GetType(provider) ?? throw new ConfigurationException($"akka.remote.dot-netty.tcp.ssl.options-provider: there is no class {provider}");
            _provider = (IServiceProvider)Activator.CreateInstance(type, system)!;
            return;
        }

        var setup = system.Settings.Setup.Get<DotNettySslSetup>();
        _suppressValidation = setup.HasValue ? setup.Value.SuppressValidation : ssl.GetBoolean("suppress-validation");
        _certificate = SslStreamCertificateContext.Create(
            setup.HasValue ? setup.Value.Certificate : Load(ssl.GetConfig("certificate")), additionalCertificates: null, offline: true);
    }

    /// <summary>Whether the address that a peer says it has must stand in its certificate, as the one does that is dialed.</summary>
    public bool ChecksNames { get; }

    /// <returns>Null when connections are plain.</returns>
    public static TlsOptions? Create(ExtendedActorSystem system, Config tcp) =>
        tcp.GetBoolean("enable-ssl") ? new TlsOptions(system, tcp.GetConfig("ssl")) : null;

    public SslServerAuthenticationOptions ForAccepting() => From<SslServerAuthenticationOptions>() ?? new SslServerAuthenticationOptions
    {
        ServerCertificateContext = _certificate,
        EnabledSslProtocols = SslProtocols.Tls13,
        ClientCertificateRequired = _isMutual,
        RemoteCertificateValidationCallback = (_, certificate, _, errors) => _isMutual ? IsWelcome(certificate, errors, false) : true,
    };

    public SslClientAuthenticationOptions ForDialing(string host)
    {
        var options = From<SslClientAuthenticationOptions>() ?? new SslClientAuthenticationOptions
        {
            ClientCertificateContext = _isMutual ? _certificate : null,
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsWelcome(certificate, errors, ChecksNames),
        };
        options.TargetHost = host;
        return options;
    }

    private bool IsWelcome(X509Certificate? certificate, SslPolicyErrors errors, bool checksName) =>
        certificate != null && (_suppressValidation
            || (checksName ? errors : errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None);

    private T? From<T>() where T : class => (T?)_provider?.GetService(typeof(T));

    private static X509Certificate2 Load(Config certificate)
    {
        var path = certificate.GetString("path");
        return string.IsNullOrEmpty(path)
            ? throw new ConfigurationException("akka.remote.dot-netty.tcp.enable-ssl needs ssl.certificate.path, or a DotNettySslSetup")
            : X509CertificateLoader.LoadPkcs12FromFile(path, certificate.GetString("password"));
    }
}
