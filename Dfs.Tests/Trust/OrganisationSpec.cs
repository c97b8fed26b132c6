using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Storage.Disk;
using Dfs.Storage.Trust;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Trust;

/// <summary>Whole nodes whose certificates are an organisation's, by way of an authority below it; nothing in them names a node.</summary>
public sealed class OrganisationSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Organisation _organisation = new();

    public OrganisationSpec()
        : base("akka.loglevel = ERROR") { }

    [Fact]
    public async Task Nodes_work_with_it_say_that_layouts_are_not_signed_and_show_a_renewed_one_without_a_stop()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3), expect: 2) { Organisation = _organisation.Issue };
        await nodes.StartAsync(1, 2);
        await AwaitAssertAsync(() => Assert.All(nodes.Running, node => Assert.Equal("", node.View.Status().NotReadyBecause)), Patience, TimeSpan.FromMilliseconds(100));
        var content = TestBytes.Random(1, 300_000);
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], "before", content));
        Assert.Equal(content, await GetAsync(nodes[2], "before"));

        var status = nodes[1].View.Status();
        Assert.Equal(new TrustStatus(TrustStatus.Organisation, SignsLayouts: false), status.Trust);
        Assert.Contains(StatusText.Lines(status), line => line.StartsWith("trust ", StringComparison.Ordinal) && line.Contains("LAYOUTS ARE NOT SIGNED", StringComparison.Ordinal));

        var endpoint = new Uri(status.Peers.Single(peer => peer.Self).PeerEndpoint);
        var first = await ShownAsync(endpoint, _organisation.Client());
        Assert.Equal(DfsOutcome.NotAllowed, (await nodes[1].View.Trust.RenewAsync(default)).Outcome);
        _organisation.Issue(1);
        var renewed = await nodes[1].View.Trust.RenewAsync(default);
        Assert.Equal(DfsOutcome.Done, renewed.Outcome);
        var second = await ShownAsync(endpoint, _organisation.Client());
        Assert.NotEqual(first, second);
        Assert.Contains(second, renewed.Detail, StringComparison.Ordinal);
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[2], "after", content));
        Assert.Equal(content, await GetAsync(nodes[1], "after"));

        // Of another organisation, and none.
        using var other = new Organisation();
        await Assert.ThrowsAnyAsync<Exception>(() => ShownAsync(endpoint, other.Client()));
        await Assert.ThrowsAnyAsync<Exception>(() => ShownAsync(endpoint, null));
    }

    [Fact]
    public void Files_that_do_not_fit_or_have_ended_are_refused_and_leave_what_is_shown()
    {
        var files = _organisation.Issue(1);
        using var shown = NodeCertificate.OfFiles(files.Certificate, files.Key, files.Authority);
        Assert.Null(NodeCertificates.ReadChanged(files, shown, TimeProvider.System));

        var (certificate, key) = (File.ReadAllText(files.Certificate), File.ReadAllBytes(files.Key));
        _organisation.Issue(1);
        using (var changed = NodeCertificates.ReadChanged(files, shown, TimeProvider.System))
        {
            Assert.NotEqual(shown.Own.SerialNumber, changed!.Own.SerialNumber);
        }

        // Half written.
        File.WriteAllText(files.Certificate, certificate);
        Assert.Contains("is not the key of", Assert.Throws<CryptographicException>(() => NodeCertificates.ReadChanged(files, shown, TimeProvider.System)).Message, StringComparison.Ordinal);
        PrivateFile.Replace(files.Key, key);
        Assert.Null(NodeCertificates.ReadChanged(files, shown, TimeProvider.System));
        File.AppendAllText(files.Authority, File.ReadAllText(files.Authority));
        Assert.NotNull(NodeCertificates.ReadChanged(files, shown, TimeProvider.System));

        _organisation.Issue(1, lifetime: TimeSpan.FromMinutes(-1));
        Assert.Contains(" ended at ", Assert.Throws<CryptographicException>(() => NodeCertificates.ReadChanged(files, shown, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    protected override void AfterAll()
    {
        _organisation.Dispose();
        base.AfterAll();
    }

    /// <returns>The serial number of the certificate that is shown to who is let in.</returns>
    private static async Task<string> ShownAsync(Uri endpoint, X509Certificate2? client)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(endpoint.Host, endpoint.Port);
        await using var tls = new SslStream(tcp.GetStream());
        using (client)
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = endpoint.Host,
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(client, null, offline: true),
                RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
            });
            // Who is refused is told so when he reads.
            await tls.WriteAsync("GET /v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            using var limit = new CancellationTokenSource(Patience);
            Assert.NotEqual(0, await tls.ReadAsync(new byte[1], limit.Token));
            return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
        }
    }

    /// <summary>A root, an authority below it, and what that issues, as PEM files. Its keys are in memory.</summary>
    private sealed class Organisation : IDisposable
    {
        private readonly TempFolder _folder = new();
        private readonly X509Certificate2 _root, _between;

        public Organisation()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
            var request = Authority("CN=Organisation", key);
            var now = TimeProvider.System.GetUtcNow();
            _root = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(30));
            using var below = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var bare = Authority("CN=Organisation for machines", below).Create(_root, now.AddHours(-1), now.AddDays(20), [1, 2, 3]);
            _between = bare.CopyWithPrivateKey(below);
        }

        public OrganisationFiles Issue(int node) => Issue(node, TimeSpan.FromDays(1));

        public OrganisationFiles Issue(int node, TimeSpan lifetime)
        {
            var files = new OrganisationFiles(Path($"node{node}.crt"), Path($"node{node}.key"), Path("ca.crt"));
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var own = Issued(key, lifetime);
            File.WriteAllText(files.Certificate, $"{own.ExportCertificatePem()}\n{_between.ExportCertificatePem()}\n");
            PrivateFile.Replace(files.Key, System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
            File.WriteAllText(files.Authority, _root.ExportCertificatePem() + "\n");
            return files;
        }

        /// <summary>Of another machine, which the root itself vouches for.</summary>
        public X509Certificate2 Client()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var own = Issued(key, TimeSpan.FromDays(1), _root);
            return own.CopyWithPrivateKey(key);
        }

        public void Dispose()
        {
            _root.Dispose();
            _between.Dispose();
            _folder.Dispose();
        }

        private static CertificateRequest Authority(string name, ECDsa key)
        {
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            return request;
        }

        private X509Certificate2 Issued(ECDsa key, TimeSpan lifetime, X509Certificate2? by = null)
        {
            var request = new CertificateRequest("CN=machine", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
            var now = TimeProvider.System.GetUtcNow();
            return request.Create(by ?? _between, now.AddHours(-1), now + lifetime, RandomNumberGenerator.GetBytes(8));
        }

        private string Path(string name) => System.IO.Path.Combine(_folder.Path, name);
    }
}
