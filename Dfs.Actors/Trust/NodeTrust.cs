using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.Trust;
using Microsoft.AspNetCore.Connections;

namespace Dfs.Actors.Trust;

/// <summary>Who this node is to others and whom it believes: the certificates behind every connection between nodes.</summary>
/// <remarks>
/// One per node, for any number of threads; outlives the actor system. Options are made anew for each connection, so that a renewed
/// certificate is used from the next one on; connections that are open keep theirs. A revocation cuts the open ones of that node.
/// </remarks>
/// <param name="keep">Makes the lists of the expelled durable; throws what disks throw.</param>
public sealed class NodeTrust(NodeCertificate certificate, Revocations revoked, TimeProvider time, Action<Revocations>? keep = null) : IDisposable
{
    /// <summary>Of Akka.Remote, in metrics.</summary>
    public const string Remoting = "remoting";

    /// <summary>Of the peer endpoint, in metrics.</summary>
    public const string Peers = "peers";

    private readonly OpenConnections _open = new();
    private readonly Lock _changing = new(), _keeping = new();
    private volatile Certified _current = new(certificate);
    private volatile Revocations _revoked = revoked;
    private Revocations _kept = revoked;

    public NodeCertificate Certificate => _current.Certificate;

    /// <summary>The certificate as a server shows it, also to clients that show none.</summary>
    public SslStreamCertificateContext Context => _current.Context;

    public Revocations Revoked => _revoked;

    /// <summary>For one connection that comes in.</summary>
    /// <param name="port">For metrics: <see cref="Remoting"/> or <see cref="Peers"/>.</param>
    /// <param name="served">What is cut when its peer is expelled, where that is not the stream itself.</param>
    public SslServerAuthenticationOptions ForAccepting(string port, ConnectionContext? served = null) => new()
    {
        ServerCertificateContext = _current.Context,
        EnabledSslProtocols = SslProtocols.Tls13,
        ClientCertificateRequired = true,
        // A resumed session would show a certificate that was checked when nobody had revoked it.
        AllowTlsResume = false,
        CertificateChainPolicy = ChainPolicy(),
        RemoteCertificateValidationCallback = (connection, shown, _, errors) => IsWelcome(port, served ?? connection, shown as X509Certificate2, errors, null),
    };

    /// <summary>For one connection that comes in of somebody who wants to join: encrypted, and nothing is known of the other side.</summary>
    public SslServerAuthenticationOptions ForJoining() => new()
    {
        ServerCertificateContext = _current.Context,
        EnabledSslProtocols = SslProtocols.Tls13,
        AllowTlsResume = false,
    };

    /// <summary>For one connection that goes out; who uses it names the host.</summary>
    /// <param name="expected">The node that is meant; null when any of the cluster is.</param>
    public SslClientAuthenticationOptions ForDialing(string port, ReplicaId? expected) => new()
    {
        ClientCertificateContext = _current.Context,
        EnabledSslProtocols = SslProtocols.Tls13,
        AllowTlsResume = false,
        CertificateChainPolicy = ChainPolicy(),
        RemoteCertificateValidationCallback = (connection, shown, _, errors) => IsWelcome(port, connection, shown as X509Certificate2, errors, expected),
    };

    /// <summary>From the next connection on this one is shown; those that are open go on.</summary>
    /// <param name="renewed">This object's to dispose.</param>
    public void Renew(NodeCertificate renewed) => _current = new Certified(renewed);

    /// <summary>Takes lists beside those that are in force, and cuts off whom they name.</summary>
    /// <returns>False when they add nothing.</returns>
    public bool Revoke(Revocations lists)
    {
        lock (_changing)
        {
            var before = _revoked;
            _revoked = before.Add(lists);
            if (_revoked == before)
            {
                return false;
            }
        }

        _open.Cut(lists.Contains);
        return true;
    }

    /// <summary>Takes encoded lists that the authority signed, and keeps them.</summary>
    /// <returns>False when there is none, or one that it did not sign.</returns>
    public bool Take(ReadOnlyMemory<byte> encoded)
    {
        using var authority = Certificate.Authorities[0].GetECDsaPublicKey();
        if (encoded.IsEmpty || Certificate.Rule.Cluster is not { } cluster || authority is null || !Revocations.TryDecode(encoded, cluster, authority, out var lists))
        {
            return false;
        }

        Take(lists);
        return true;
    }

    /// <summary>In force at once, then durable: when this returns, or another call did, the lists are, or one that names all whom they name.</summary>
    public void Take(Revocations lists)
    {
        Revoke(lists);
        lock (_keeping)
        {
            // Also one that is in force since an attempt which the disk refused.
            var newest = _revoked;
            if (newest != _kept)
            {
                keep?.Invoke(newest);
                _kept = newest;
            }
        }
    }

    /// <summary>Whether there is a chain of signatures from it to the authority; neither its times nor who is expelled are looked at.</summary>
    public bool VouchesFor(X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = ChainPolicy() };
        return chain.Build(certificate);
    }

    public void Dispose() => _current.Certificate.Dispose();

    private bool IsWelcome(string port, object connection, X509Certificate2? shown, SslPolicyErrors errors, ReplicaId? expected)
    {
        var identity = shown is null ? null : NodeCertificate.IdentityOf(shown);
        var verdict = shown is null ? TrustVerdict.NoCertificate
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? TrustVerdict.WrongName
            : _current.Certificate.Rule.Judge(
                new CertificateFacts(!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors), identity, shown.NotBefore, shown.NotAfter), _revoked, expected, time.GetUtcNow());
        if (verdict == TrustVerdict.Welcome && identity is not null)
        {
            _open.Add(identity.Replica, connection);
            // Between the look and the entry somebody may have been expelled.
            verdict = _revoked.Contains(identity.Replica) ? TrustVerdict.Revoked : verdict;
        }

        if (verdict != TrustVerdict.Welcome)
        {
            TrustMetrics.Refused(port, verdict);
        }

        return verdict == TrustVerdict.Welcome;
    }

    // Times are judged by the rule, with its allowance for clocks that differ; nothing is fetched from anywhere.
    private X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
        };
        policy.CustomTrustStore.AddRange(_current.Certificate.Authorities);
        return policy;
    }

    private sealed class Certified(NodeCertificate certificate)
    {
        public NodeCertificate Certificate => certificate;

        public SslStreamCertificateContext Context { get; } = SslStreamCertificateContext.Create(certificate.Own, certificate.Between, offline: true);
    }
}
