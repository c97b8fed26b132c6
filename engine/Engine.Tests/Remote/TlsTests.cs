using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Remote;
using Akka.Remote.Transport.DotNetty;

namespace Engine.Tests.Remote;

/// <summary>Remoting over TLS, by setup or by file; nothing else reaches an actor.</summary>
public class TlsTests : RemoteFixture
{
    private const string Enabled = "akka.remote.dot-netty.tcp.enable-ssl = on";

    [Fact]
    public async Task Messages_go_over_TLS_both_ways()
    {
        var (a, b) = (StartTls("a"), StartTls("b"));
        Echo(b);

        Assert.Equal("akka.ssl.tcp", AddressOf(b).Protocol);
        Assert.Equal("hello", await AskAsync(a, b, "hello"));
        Assert.Equal(new string('x', 60_000), await AskAsync(a, b, new string('x', 60_000)));
    }

    [Fact]
    public async Task A_certificate_comes_from_a_file_too()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var certificate = SelfSigned("file");
        await File.WriteAllBytesAsync(path, certificate.Export(X509ContentType.Pkcs12, "secret"));
        try
        {
            var settings = $$"""
                {{Enabled}}
                akka.remote.dot-netty.tcp.ssl { suppress-validation = on, certificate { path = "{{path}}", password = secret } }
                """;
            var (a, b) = (Start("a", settings: settings), Start("b", settings: settings));
            Echo(b);

            Assert.Equal("hello", await AskAsync(a, b, "hello"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_not_believed()
    {
        var (a, b) = (StartTls("a", suppressValidation: false), StartTls("b", suppressValidation: false));
        Echo(b);
        var refused = Collect(b, typeof(RemotingErrorEvent));

        a.ActorSelection($"{AddressOf(b)}/user/echo").Tell("hello", ActorRefs.NoSender);

        await refused.NextAsync<RemotingErrorEvent>();
        await Assert.ThrowsAsync<ActorNotFoundException>(() => a.ActorSelection($"{AddressOf(b)}/user/echo").ResolveOne(TimeSpan.FromMilliseconds(500)));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, false)]
    public async Task An_old_version_and_a_peer_without_certificate_are_refused(SslProtocols version, bool hasCertificate)
    {
        var b = StartTls("b");
        var refused = Collect(b, typeof(RemotingErrorEvent));
        using var certificate = SelfSigned("stranger");
        using var client = await ConnectAsync(b);
        await using var stream = new SslStream(client.GetStream());

        // Of a TLS 1.3 server the client hears the refusal after its own handshake: at the first read.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                EnabledSslProtocols = version,
                ClientCertificateContext = hasCertificate ? SslStreamCertificateContext.Create(certificate, null) : null,
                RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
            });
            if (await stream.ReadAsync(new byte[1]) == 0)
            {
                throw new IOException("closed");
            }
        });
        await refused.NextAsync<RemotingErrorEvent>();
    }

    [Fact]
    public async Task A_plain_peer_gets_nothing_and_disturbs_nobody()
    {
        var (a, b) = (StartTls("a"), StartTls("b"));
        Echo(b);
        var refused = Collect(b, typeof(RemotingErrorEvent));
        using var client = await ConnectAsync(b);

        await client.GetStream().WriteAsync(new byte[200]);

        await refused.NextAsync<RemotingErrorEvent>();
        Assert.Equal("hello", await AskAsync(a, b, "hello"));
    }

    private static Task<string> AskAsync(ActorSystem from, ActorSystem to, string text) =>
        from.ActorSelection($"{AddressOf(to)}/user/echo").Ask<string>(text, Patience);

    private static async Task<TcpClient> ConnectAsync(ActorSystem system)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, AddressOf(system).Port!.Value);
        return client;
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.Now.AddDays(-1), DateTimeOffset.Now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private ActorSystem StartTls(string name, bool suppressValidation = true) => Start(name, ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(Settings(settings: Enabled)), new DotNettySslSetup(SelfSigned(name), suppressValidation)));
}
