using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Actors.Trust;
using Dfs.Client;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Storage.Trust;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

/// <summary>Certificates that change while requests run, and joining, over real sockets on loopback.</summary>
public sealed class TrustKeeperTests : IAsyncLifetime, IDisposable
{
    private static readonly ReplicaId Here = TestCluster.Node(1), Peer = TestCluster.Node(2);
    private static readonly PeerCall Call = new(new ClusterId(new Bytes16(7, 7)), Peer, Here, new(5), new(3));

    private readonly TempFolder _folder = new();
    private readonly TestCluster _cluster = new();
    private readonly BufferPool _buffers = new();
    private readonly NodeTrust _here, _peer;
    private readonly FolderChunkStore _store;
    private readonly Admission _admission;
    private readonly PeerEndpoint _endpoint;
    private readonly ConcurrentQueue<(ReplicaId Node, RoleRight Right)> _roleRefused = new();

    public TrustKeeperTests()
    {
        (_here, _peer) = (_cluster.Trust(1), _cluster.Trust(2));
        _store = FolderChunkStore.Open(new(new SimDisk(), "/chunks", _buffers) { ReserveBytes = 0 });
        _admission = new Admission(new AdmissionOptions(
            _cluster.Authority, Path.Combine(_folder.Path, "invitations"), replica => replica == Here, () => _endpoint!.Address.Authority, TimeProvider.System));
        _endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), new OpenGate(), _store, _buffers)
        {
            Trust = _here,
            Admission = _admission,
            OnRoleRefused = (node, right) => _roleRefused.Enqueue((node, right)),
            EpochsOf = _ => new OwnerEpochs(null, null, null),
            Condemn = (_, _, _) => Task.FromResult<GarbageTotals?>(new GarbageTotals(0, 0, 0, 0)),
            EndorseLayout = (_, _) => new LayoutAnswer(null, "asked"),
            SignLayout = (_, _) => Task.FromResult(new LayoutAnswer(null, "asked")),
        });
    }

    public Task InitializeAsync() => _endpoint.StartAsync(default);

    public async Task DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        await _store.DisposeAsync();
    }

    public void Dispose()
    {
        _here.Dispose();
        _peer.Dispose();
        _cluster.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task While_certificates_change_no_request_fails()
    {
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var done = 0;
            for (; !stop.IsCancellationRequested; done++)
            {
                // A client of its own every time: connections that are open would not see the change.
                using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);
                Assert.IsType<PeerOutcome.Alive>(await client.PingAsync(_endpoint.Address, Call, default));
                Assert.IsType<PeerOutcome.Alive>(await client.PingAsync(_endpoint.Address, Call, default));
            }

            return done;
        })).ToList();

        for (var change = 0; change < 20; change++)
        {
            _here.Renew(_cluster.Certificate(1));
            _peer.Renew(_cluster.Certificate(2));
            using var client = new PeerClient(new PeerClientOptions(), _buffers, _peer);
            Assert.IsType<PeerOutcome.Alive>(await client.PingAsync(_endpoint.Address, Call, default));
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(workers), done => Assert.True(done > 0));
    }

    [Fact]
    public async Task A_certificate_that_is_due_is_renewed_by_a_node_that_has_the_authority()
    {
        var folder = new TlsFolder(_folder.Path);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        folder.Save(
            _cluster.Authority.Issue(
                new System.Security.Cryptography.X509Certificates.PublicKey(key), Peer, NodeRole.Gateway, ["127.0.0.1"], TimeProvider.System.GetUtcNow().AddDays(-70)),
            key, _cluster.Authority.Certificate);
        using var trust = new NodeTrust(folder.Load(), Revocations.Empty, TimeProvider.System, folder.SaveRevoked);
        using var client = new PeerClient(new PeerClientOptions(), _buffers, trust);
        var troubles = new List<string>();
        await using var keeper = new TrustKeeper(new TrustKeeperOptions(
            Peer, trust, folder, null, "127.0.0.1", client, new PeerDirectory(), LayoutOfTwo, TimeProvider.System)
        { OnTrouble = troubles.Add });
        var before = trust.Certificate.Own.NotAfter;
        _here.Revoke(_cluster.Expelled(9));

        await keeper.RoundAsync(default);

        Assert.Empty(troubles);
        Assert.True(trust.Certificate.Own.NotAfter > before.AddDays(60));
        Assert.Equal(Peer, trust.Certificate.Identity!.Replica);
        using var kept = folder.Load();
        Assert.Equal(trust.Certificate.Own.SerialNumber, kept.Own.SerialNumber);
        // It has heard of the expelled in the same round.
        Assert.True(trust.Revoked.Contains(TestCluster.Node(9)));
        Assert.True(folder.LoadRevoked(kept).Contains(TestCluster.Node(9)));
    }

    [Fact]
    public async Task Who_was_expelled_by_two_nodes_at_the_same_moment_is_out_on_both_and_they_come_to_one_list()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "tls"));
        var folder = new TlsFolder(_folder.Path);
        using var trust = new NodeTrust(_cluster.Certificate(2), Revocations.Empty, TimeProvider.System, folder.SaveRevoked);
        using var client = new PeerClient(new PeerClientOptions(), _buffers, trust);
        // Neither has heard of the other's: both lists are number 1.
        _here.Take(_cluster.Expelled(8));
        trust.Take(_cluster.Expelled(9));
        await using var without = Keeper(null);
        await using var keeper = Keeper(_cluster.Authority);

        await without.RoundAsync(default);

        Assert.Equal([TestCluster.Node(8), TestCluster.Node(9)], trust.Revoked.Nodes);
        Assert.Equal(2, trust.Revoked.Lists.Length);
        Assert.Equal(trust.Revoked.Encode(), folder.LoadRevoked(trust.Certificate).Encode());

        await keeper.RoundAsync(default);

        var one = Assert.Single(trust.Revoked.Lists);
        Assert.Equal((2UL, 2), (one.Number, one.Nodes.Count));
        Assert.IsType<PeerOutcome.Alive>(await client.TellRevokedAsync(_endpoint.Address, Call, trust.Revoked.Encode(), default));
        Assert.Equal(one.Encoded.ToArray(), Assert.Single(_here.Revoked.Lists).Encoded.ToArray());
        Assert.Equal(trust.Revoked.Encode(), folder.LoadRevoked(trust.Certificate).Encode());

        TrustKeeper Keeper(Authority? authority) => new(new TrustKeeperOptions(
            Peer, trust, folder, authority, "127.0.0.1", client, new PeerDirectory(), LayoutOfTwo, TimeProvider.System));
    }

    [Fact]
    public async Task An_invitation_gives_one_certificate_and_its_replay_none()
    {
        using var counts = new TrustCounts();
        Assert.True(Invitation.TryParse(_admission.Invite(TimeSpan.FromHours(1), null, "attic").Invitation!, out var invitation));
        var (request, key) = Request(TestCluster.Node(5));
        using var _ = key;

        var joined = Assert.IsType<JoinOutcome.Joined>(await PeerJoin.AskAsync(invitation, request, default));

        using var certificate = NodeCertificate.OfCluster(joined.Certificate, key, joined.Authority);
        Assert.Equal(new NodeIdentity(_cluster.Authority.Cluster, TestCluster.Node(5), NodeRole.Gateway), certificate.Identity);
        Assert.Contains("has been used", Assert.IsType<JoinOutcome.Refused>(await PeerJoin.AskAsync(invitation, request, default)).Reason, StringComparison.Ordinal);
        var (other, otherKey) = Request(TestCluster.Node(6));
        using var __ = otherKey;
        Assert.Contains("has been used", Assert.IsType<JoinOutcome.Refused>(await PeerJoin.AskAsync(invitation, other, default)).Reason, StringComparison.Ordinal);
        Assert.Equal(TestCluster.Node(5).ToString(), Assert.Single(_admission.Invitations).UsedBy);
        await counts.UntilAsync("dfs.trust.joins.refused", ("reason", "used"));
    }

    [Theory]
    [InlineData(NodeRole.Storage, NodeRole.Gateway)]
    [InlineData(NodeRole.Gateway, NodeRole.Storage)]
    [InlineData(NodeRole.Storage, NodeRole.Storage)]
    public async Task A_certificate_says_no_more_than_the_invitation_allows_and_the_newcomer_asks_for(NodeRole allowed, NodeRole asked)
    {
        Assert.True(Invitation.TryParse(_admission.Invite(TimeSpan.FromHours(1), null, "", allowed).Invitation!, out var invitation));
        Assert.Equal(allowed == NodeRole.Storage, Assert.Single(_admission.Invitations).StoresOnly);
        var (request, key) = Request(TestCluster.Node(5));
        using var _ = key;

        var joined = Assert.IsType<JoinOutcome.Joined>(await PeerJoin.AskAsync(invitation, request with { Role = asked }, default));

        using var certificate = NodeCertificate.OfCluster(joined.Certificate, key, joined.Authority);
        Assert.Equal(NodeRole.Storage, certificate.Identity!.Role);
    }

    [Fact]
    public async Task A_node_that_only_stores_may_not_ask_for_signatures_owners_or_collections_and_a_gateway_may()
    {
        using var storage = new NodeTrust(_cluster.Certificate(3, role: NodeRole.Storage), Revocations.Empty, TimeProvider.System);
        using var low = new PeerClient(new PeerClientOptions(), _buffers, storage);
        using var full = new PeerClient(new PeerClientOptions(), _buffers, _peer);
        using var counts = new TrustCounts();
        var (call, at) = (Call with { From = TestCluster.Node(3) }, _endpoint.Address);

        Assert.IsType<PeerOutcome.Alive>(await low.PingAsync(at, call, default));
        Assert.All(await AskAsync(low, call), outcome => Assert.Equal(new PeerOutcome.Refused(PeerRefusal.WrongRole), outcome));
        Assert.Equal(
            [RoleRight.AskLayoutSignatures, RoleRight.AskLayoutSignatures, RoleRight.AskOwners, RoleRight.CollectGarbage], _roleRefused.Select(refused => refused.Right));
        Assert.All(_roleRefused, refused => Assert.Equal(TestCluster.Node(3), refused.Node));
        await counts.UntilAsync("dfs.trust.certificates.refused", ("port", NodeTrust.Peers), ("reason", "wrongrole"));

        Assert.DoesNotContain(await AskAsync(full, Call), outcome => outcome is PeerOutcome.Refused);

        async Task<PeerOutcome[]> AskAsync(PeerClient client, PeerCall from) =>
        [
            await client.EndorseLayoutAsync(at, from, new byte[] { 1 }, default),
            await client.SignLayoutAsync(at, from, default),
            await client.AskEpochsAsync(at, from, new OwnerId(default(Bytes32)), default),
            await client.CondemnAsync(at, from, new GarbagePage(1, new Epoch(1), [], true, true), default),
        ];
    }

    [Fact]
    public async Task A_role_is_given_up_by_a_renewal_and_never_gained()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "tls"));
        var folder = new TlsFolder(_folder.Path);
        using var trust = new NodeTrust(_cluster.Certificate(2), Revocations.Empty, TimeProvider.System);
        using var client = new PeerClient(new PeerClientOptions(), _buffers, trust);
        await using var storage = Keeper(NodeRole.Storage, client);

        await storage.RoundAsync(default);
        Assert.Equal(NodeRole.Storage, trust.Certificate.Identity!.Role);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signing = new System.Security.Cryptography.X509Certificates.CertificateRequest($"CN={Peer}", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var asked = new JoinRequest(Peer, "127.0.0.1", new ByteString(signing)).Encode();
        // A client of its own: connections that are open go on under the certificate from before.
        using var fresh = new PeerClient(new PeerClientOptions(), _buffers, trust);
        await using var gateway = Keeper(NodeRole.Gateway, fresh);
        var answer = Assert.IsType<PeerOutcome.Answered>(await fresh.RenewAsync(_endpoint.Address, Call, asked, default));
        using var renewed = NodeCertificate.OfCluster(answer.Bytes, key, _cluster.Authority.Certificate);
        Assert.Equal(NodeRole.Storage, renewed.Identity!.Role);

        var before = trust.Certificate.Own.SerialNumber;
        Assert.Equal(DfsOutcome.Done, (await gateway.RenewAsync(default)).Outcome);
        Assert.NotEqual(before, trust.Certificate.Own.SerialNumber);
        Assert.Equal(NodeRole.Storage, trust.Certificate.Identity!.Role);

        TrustKeeper Keeper(NodeRole role, PeerClient peers) => new(new TrustKeeperOptions(
            Peer, trust, folder, null, "127.0.0.1", peers, new PeerDirectory(), LayoutOfTwo, TimeProvider.System)
        { Role = role });
    }

    [Fact]
    public async Task Nothing_is_told_to_a_node_with_another_authority()
    {
        using var other = new TestCluster();
        using var meant = other.Authority.Invite(new Bytes16(1, 1), TimeProvider.System.GetUtcNow().AddHours(1), _endpoint.Address.Authority);
        var (request, key) = Request(TestCluster.Node(5));
        using var _ = key;

        Assert.Contains("another authority", Assert.IsType<JoinOutcome.Refused>(await PeerJoin.AskAsync(meant, request, default)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_known_or_has_another_secret_or_was_not_invited_gets_none()
    {
        var (request, key) = Request(Here);
        using var _ = key;
        Assert.True(Invitation.TryParse(_admission.Invite(TimeSpan.FromHours(1), null, "").Invitation!, out var invitation));
        Assert.Contains("knows this data directory", Assert.IsType<JoinOutcome.Refused>(await PeerJoin.AskAsync(invitation, request, default)).Reason, StringComparison.Ordinal);

        using var guessed = new Invitation(invitation.Id, new byte[16], invitation.Pin, invitation.Expires, invitation.Address);
        Assert.Contains("not known there", Assert.IsType<JoinOutcome.Refused>(await PeerJoin.AskAsync(guessed, request with { Replica = Peer }, default)).Reason, StringComparison.Ordinal);

        _admission.Withdraw(invitation.Id.ToString());
        Assert.Contains("not known there", Assert.IsType<JoinOutcome.Refused>(await PeerJoin.AskAsync(invitation, request with { Replica = Peer }, default)).Reason, StringComparison.Ordinal);
    }

    // Of who has an invitation, and of a member: neither may end a request with an error of the program's.
    [Fact]
    public async Task A_key_on_a_curve_or_with_a_signature_that_nobody_knows_is_refused()
    {
        Assert.True(Invitation.TryParse(_admission.Invite(TimeSpan.FromHours(1), null, "").Invitation!, out var invitation));
        var (request, key) = Request(TestCluster.Node(5));
        using var _ = key;
        // prime256v1, 1.2.840.10045.3.1.7; ecdsa-with-SHA256, 1.2.840.10045.4.3.2.
        byte[] curve = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], signed = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];

        foreach (var known in new[] { curve, signed })
        {
            var odd = request with { SigningRequest = new ByteString(WithAnother(known, request.SigningRequest.Span)) };
            Assert.IsType<JoinOutcome.Refused>(await PeerJoin.AskAsync(invitation, odd, default));
        }

        Assert.Null(Assert.Single(_admission.Invitations).UsedBy);
        Assert.IsType<JoinOutcome.Joined>(await PeerJoin.AskAsync(invitation, request, default));

        var signer = new LayoutSigner(_here, null);
        var signature = signer.Sign([1, 2, 3]);
        Assert.Equal([Here], signer.WhoSigned([1, 2, 3], [signature]).Nodes);
        var strange = signature with { Certificate = new ByteString(WithAnother(curve, signature.Certificate.Span)) };
        Assert.Empty(signer.WhoSigned([1, 2, 3], [strange]).Nodes);

        static byte[] WithAnother(byte[] known, ReadOnlySpan<byte> der)
        {
            var changed = der.ToArray();
            changed[der.IndexOf(known) + 6] = 0x21;
            return changed;
        }
    }

    [Fact]
    public async Task Who_comes_without_certificate_can_do_nothing_but_ask_to_join()
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new() { RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null },
        });
        foreach (var path in new[] { "/v1/ping", "/v1/changes?after=0", "/v1/revoked", "/v1/certificate" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_endpoint.Address, path));
            request.Headers.Host = PeerJoin.ServerName;
            PeerProtocol.Write(request.Headers, Call);
            using var answer = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    private static (JoinRequest Request, ECDsa Key) Request(ReplicaId replica)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signing = new System.Security.Cryptography.X509Certificates.CertificateRequest($"CN={replica}", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        return (new JoinRequest(replica, "127.0.0.1", new ByteString(signing)), key);
    }

    private Layout? LayoutOfTwo() => Layout.First(
        new ClusterId(new Bytes16(7, 7)), new LayoutFactors(1, 1),
        [
            LayoutMember.Newcomer(Here, 1, "one", "one", 1, "akka.ssl.tcp://dfs@127.0.0.1:1", _endpoint.Address.ToString().TrimEnd('/')),
            LayoutMember.Newcomer(Peer, 1, "two", "two", 1, "akka.ssl.tcp://dfs@127.0.0.1:2", "https://127.0.0.1:1"),
        ]);

    private sealed class OpenGate : IPeerGate
    {
        public PeerVerdict Judge(PeerCall call) => PeerVerdict.Welcome.Instance;
    }
}
