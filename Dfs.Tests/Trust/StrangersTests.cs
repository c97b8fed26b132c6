using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Dfs.Actors.Transfer;
using Dfs.Actors.Trust;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Storage.Trust;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

/// <summary>Who has no certificate of the cluster is refused at once on both ports between nodes, is counted, and has no effect.</summary>
public sealed class StrangersTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ReplicaId Here = TestCluster.Node(1), Peer = TestCluster.Node(2);
    private static readonly PeerCall Call = new(new ClusterId(new Bytes16(7, 7)), Peer, Here, new(5), new(3));

    private readonly TestCluster _cluster = new();
    private readonly NodeTrust _here, _peer;
    private readonly BufferPool _buffers = new();
    private readonly FolderChunkStore _store;
    private readonly PeerEndpoint _endpoint;
    private readonly TrustCounts _counts = new();
    private readonly CountingGate _gate = new();
    private ActorSystem _system = null!;

    public StrangersTests()
    {
        (_here, _peer) = (_cluster.Trust(1), _cluster.Trust(2));
        _store = FolderChunkStore.Open(new(new SimDisk(), "/chunks", _buffers) { ReserveBytes = 0 });
        _endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), _gate, _store, _buffers) { Trust = _here });
    }

    public static TheoryData<string, string> Strangers => new()
    {
        { "no certificate", "nocertificate" },
        { "expired", "expired" },
        { "not yet valid", "notyetvalid" },
        { "foreign authority", "foreign" },
        { "revoked", "revoked" },
        { "TLS 1.2", "" },
        { "plain TCP", "" },
    };

    public async Task InitializeAsync()
    {
        await _endpoint.StartAsync(default);
        _system = StartSystem(_here);
        _here.Revoke(_cluster.Expelled(9));
    }

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        await _endpoint.DisposeAsync();
        await _store.DisposeAsync();
    }

    public void Dispose()
    {
        _here.Dispose();
        _peer.Dispose();
        _counts.Dispose();
        _cluster.Dispose();
    }

    [Theory, MemberData(nameof(Strangers))]
    public async Task A_stranger_at_the_peer_endpoint(string who, string reason)
    {
        await RefusedAsync(who, reason, NodeTrust.Peers, _endpoint.Address.Port, "GET /v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());

        Assert.Equal(0, _gate.Judged);
        using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);
        Assert.IsType<PeerOutcome.Alive>(await client.PingAsync(_endpoint.Address, Call, default));
    }

    [Theory, MemberData(nameof(Strangers))]
    public async Task A_stranger_at_the_remoting(string who, string reason)
    {
        var address = ((ExtendedActorSystem)_system).Provider.DefaultAddress;
        Assert.Equal("akka.ssl.tcp", address.Protocol);
        _system.ActorOf(Akka.Actor.Props.Create(() => new Echo()), "echo");

        await RefusedAsync(who, reason, NodeTrust.Remoting, address.Port!.Value, new byte[200]);

        var peer = StartSystem(_peer);
        Assert.Equal("here", await peer.ActorSelection($"{address}/user/echo").Ask<string>("here", Patience));
        await peer.Terminate();
    }

    [Fact]
    public async Task A_request_of_one_node_in_the_name_of_another_is_refused()
    {
        using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);

        var answer = await client.PingAsync(_endpoint.Address, Call with { From = TestCluster.Node(3) }, default);

        Assert.Equal(new PeerOutcome.Refused(PeerRefusal.UnknownSender), answer);
        Assert.Equal(0, _gate.Judged);
        await _counts.UntilAsync("dfs.trust.certificates.refused", ("port", NodeTrust.Peers), ("reason", "wrongnode"));
    }

    [Fact]
    public async Task A_node_that_stands_at_the_address_of_another_gets_no_request()
    {
        using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);

        var answer = await client.PingAsync(_endpoint.Address, Call with { To = TestCluster.Node(3) }, default);

        Assert.IsType<PeerOutcome.Unreachable>(answer);
        Assert.Equal(0, _gate.Judged);
    }

    [Theory]
    [InlineData("expired", "expired")]
    [InlineData("not yet valid", "notyetvalid")]
    [InlineData("foreign authority", "foreign")]
    [InlineData("revoked", "revoked")]
    public async Task A_stranger_that_is_dialed_gets_no_request(string who, string reason)
    {
        using var stranger = new NodeTrust(CertificateOf(who), Revocations.Empty, TimeProvider.System);
        await using var endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), _gate, _store, _buffers) { Trust = stranger });
        await endpoint.StartAsync(default);
        using var client = new PeerClient(new PeerClientOptions(), _buffers, _here);

        var answer = await client.PingAsync(endpoint.Address, Call with { From = Here, To = TestCluster.Node(who == "revoked" ? 9 : 2) }, default);

        Assert.IsType<PeerOutcome.Unreachable>(answer);
        Assert.Equal(0, _gate.Judged);
        await _counts.UntilAsync("dfs.trust.certificates.refused", ("port", NodeTrust.Peers), ("reason", reason));
    }

    [Fact]
    public async Task A_certificate_of_another_address_is_refused()
    {
        using var elsewhere = new NodeTrust(_cluster.Certificate(4, "10.9.8.7"), Revocations.Empty, TimeProvider.System);
        await using var endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), _gate, _store, _buffers) { Trust = elsewhere });
        await endpoint.StartAsync(default);
        using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);

        Assert.IsType<PeerOutcome.Unreachable>(await client.PingAsync(endpoint.Address, Call with { To = TestCluster.Node(4) }, default));
        await _counts.UntilAsync("dfs.trust.certificates.refused", ("port", NodeTrust.Peers), ("reason", "wrongname"));
    }

    [Fact]
    public async Task Who_is_expelled_is_cut_off_and_does_not_come_back()
    {
        var address = ((ExtendedActorSystem)_system).Provider.DefaultAddress;
        _system.ActorOf(Akka.Actor.Props.Create(() => new Echo()), "echo");
        using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);
        var peer = StartSystem(_peer);
        Assert.IsType<PeerOutcome.Alive>(await client.PingAsync(_endpoint.Address, Call, default));
        Assert.Equal("here", await peer.ActorSelection($"{address}/user/echo").Ask<string>("here", Patience));

        Assert.True(_here.Revoke(_cluster.Expelled(9, 2)));
        Assert.False(_here.Revoke(_cluster.Expelled(9)));

        Assert.IsType<PeerOutcome.Unreachable>(await client.PingAsync(_endpoint.Address, Call, default));
        await Assert.ThrowsAsync<AskTimeoutException>(() => peer.ActorSelection($"{address}/user/echo").Ask<string>("here", TimeSpan.FromMilliseconds(500)));
        await _counts.UntilAsync("dfs.trust.certificates.refused", ("port", NodeTrust.Peers), ("reason", "revoked"));
        await peer.Terminate();
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_from_the_next_connection_on_and_the_old_one_is_good_too()
    {
        using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);
        Assert.IsType<PeerOutcome.Alive>(await client.PingAsync(_endpoint.Address, Call, default));
        var renewed = _cluster.Certificate(1);

        _here.Renew(renewed);

        Assert.IsType<PeerOutcome.Alive>(await client.PingAsync(_endpoint.Address, Call, default));
        using var fresh = new PeerClient(new PeerClientOptions(), _buffers, _peer);
        Assert.IsType<PeerOutcome.Alive>(await fresh.PingAsync(_endpoint.Address, Call, default));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _endpoint.Address.Port);
        await using var stream = new SslStream(tcp.GetStream());
        var options = _peer.ForDialing(NodeTrust.Peers, Here);
        options.TargetHost = "127.0.0.1";
        await stream.AuthenticateAsClientAsync(options);
        Assert.Equal(renewed.Own.SerialNumber, ((X509Certificate2)stream.RemoteCertificate!).SerialNumber);
    }

    private async Task RefusedAsync(string who, string reason, string port, int number, byte[] words)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, number);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var limit = new CancellationTokenSource(Patience);
            await using Stream stream = who == "plain TCP" ? client.GetStream() : await AuthenticatedAsync(who, client.GetStream());
            await stream.WriteAsync(words, limit.Token);
            if (await stream.ReadAsync(new byte[1], limit.Token) == 0 || who == "plain TCP")
            {
                // A server of TLS may tell a plain client in an alert why it closes; an answer it is not.
                throw new IOException("closed");
            }
        });
        await _counts.UntilAsync("dfs.trust.handshakes.failed", ("port", port));
        if (reason.Length > 0)
        {
            await _counts.UntilAsync("dfs.trust.certificates.refused", ("port", port), ("reason", reason));
        }
    }

    private async Task<SslStream> AuthenticatedAsync(string who, Stream plain)
    {
        using var shown = CertificateOf(who);
        var stream = new SslStream(plain);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            EnabledSslProtocols = who == "TLS 1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13,
            ClientCertificateContext = who == "no certificate" ? null : SslStreamCertificateContext.Create(shown.Own, null, offline: true),
            RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
        });
        return stream;
    }

    private NodeCertificate CertificateOf(string who)
    {
        using var other = new TestCluster();
        return who switch
        {
            "expired" => _cluster.Certificate(2, age: TimeSpan.FromDays(2), lifetime: TimeSpan.FromDays(1)),
            "not yet valid" => _cluster.Certificate(2, age: -TimeSpan.FromDays(1)),
            "foreign authority" => other.Certificate(2),
            "revoked" => _cluster.Certificate(9),
            _ => _cluster.Certificate(2),
        };
    }

    private static ActorSystem StartSystem(NodeTrust trust)
    {
        var config = ConfigurationFactory.ParseString(
            """
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor.provider = remote
              coordinated-shutdown.run-by-clr-shutdown-hook = off
              remote.dot-netty.tcp {
                hostname = "127.0.0.1"
                port = 0
                enable-ssl = on
                ssl { validate-certificate-hostname = on, options-provider = "Dfs.Actors.Trust.RemotingTls, Dfs.Actors" }
              }
            }
            """);
        var system = ActorSystem.Create("dfs", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), new TrustSetup(trust)));
        system.ActorOf(FailedHandshakes.Props(), FailedHandshakes.Name);
        return system;
    }

    public sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    private sealed class CountingGate : IPeerGate
    {
        private int _judged;

        public int Judged => _judged;

        public PeerVerdict Judge(PeerCall call)
        {
            if (call != Call)
            {
                Interlocked.Increment(ref _judged);
            }

            return PeerVerdict.Welcome.Instance;
        }
    }
}
