using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;

namespace Dfs.Storage.Trust;

/// <summary>A cluster's own certificate authority: vouches for its nodes, and takes that back.</summary>
/// <remarks>Whoever has it can make nodes of the cluster. It cannot read files: it has no key of an owner.</remarks>
public sealed class Authority : IDisposable
{
    /// <summary>Ninety days; a node renews in the last thirty.</summary>
    public static readonly TimeSpan NodeLifetime = TimeSpan.FromDays(90);

    /// <summary>Twenty years: longer than the machines.</summary>
    public static readonly TimeSpan OwnLifetime = TimeSpan.FromDays(20 * 365);

    private const int SerialBytes = 16;

    // Extended key usages of RFC 5280, 4.2.1.12.
    private const string TlsServer = "1.3.6.1.5.5.7.3.1", TlsClient = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;
    private readonly ECDsa _key;

    /// <param name="certificate">With or without its key; this object's to dispose.</param>
    /// <param name="key">This object's to dispose.</param>
    internal Authority(X509Certificate2 certificate, ECDsa key)
    {
        (_certificate, _key) = (certificate, key);
        Pin = PinOf(certificate);
        Cluster = ClusterOf(Pin);
    }

    /// <summary>SHA-256 of the public key, as it stands in the certificate (SubjectPublicKeyInfo).</summary>
    public Bytes32 Pin { get; }

    /// <summary>How its certificates call the cluster.</summary>
    public Bytes16 Cluster { get; }

    /// <summary>DER, without the private key.</summary>
    public byte[] Certificate => _certificate.RawData;

    public static Authority Create(DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=AkkaDfs cluster authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(now - TrustRule.ClockSkewMax, now + OwnLifetime);
        return new Authority(X509CertificateLoader.LoadCertificate(certificate.RawData), key);
    }

    public static Bytes32 PinOf(X509Certificate2 authority) => new(SHA256.HashData(authority.PublicKey.ExportSubjectPublicKeyInfo()));

    public static Bytes16 ClusterOf(Bytes32 pin) => new(pin.ToArray().AsSpan(0, Bytes16.SizeBytes));

    /// <summary>Vouches for a node.</summary>
    /// <param name="node">Its public key, on P-256.</param>
    /// <param name="addresses">IP addresses and host names that peers and clients reach it by.</param>
    /// <returns>The certificate, DER.</returns>
    public byte[] Issue(PublicKey node, ReplicaId replica, NodeRole role, IEnumerable<string> addresses, DateTimeOffset now, TimeSpan? lifetime = null)
    {
        var names = NamesOf(addresses);
        names.AddUri(new Uri(new NodeIdentity(Cluster, replica, role).ToString()));
        return Sign(node, $"CN={replica}", names, [new Oid(TlsServer), new Oid(TlsClient)], now, lifetime);
    }

    /// <summary>Vouches for a port that clients connect to; no node takes such a certificate for another node's.</summary>
    /// <param name="names">IP addresses and host names that clients reach it by.</param>
    /// <returns>The certificate, DER.</returns>
    public byte[] IssueForClients(PublicKey port, IEnumerable<string> names, DateTimeOffset now, TimeSpan? lifetime = null) =>
        Sign(port, "CN=AkkaDfs node for clients", NamesOf(names), [new Oid(TlsServer)], now, lifetime);

    private static SubjectAlternativeNameBuilder NamesOf(IEnumerable<string> addresses)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var address in addresses.Distinct())
        {
            if (IPAddress.TryParse(address, out var ip))
            {
                names.AddIpAddress(ip);
            }
            else
            {
                names.AddDnsName(address);
            }
        }

        return names;
    }

    private byte[] Sign(PublicKey subject, string name, SubjectAlternativeNameBuilder names, OidCollection uses, DateTimeOffset now, TimeSpan? lifetime)
    {
        var request = new CertificateRequest(new X500DistinguishedName(name), subject, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] &= 0x7F;
        using var certificate = request.Create(
            _certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now - TrustRule.ClockSkewMax, now + (lifetime ?? NodeLifetime), serial);
        return certificate.RawData;
    }

    /// <summary>An invitation whose secret comes from the authority's key; the caller's to dispose.</summary>
    public Invitation Invite(Bytes16 id, DateTimeOffset expires, string address)
    {
        var key = ExportKey();
        Span<byte> secret = stackalloc byte[Invitation.SecretBytes];
        Invitation.DeriveSecret(key, id, secret);
        CryptographicOperations.ZeroMemory(key);
        var invitation = new Invitation(id, secret, Pin, expires, address);
        CryptographicOperations.ZeroMemory(secret);
        return invitation;
    }

    /// <summary>One list of all that are expelled, and of these.</summary>
    public RevocationList Revoke(Revocations current, params ReadOnlySpan<ReplicaId> nodes) =>
        RevocationList.Create(Cluster, current.Number + 1, current.Nodes.Union(nodes.ToArray()), Sign);

    /// <summary>ECDSA over SHA-256, r ‖ s, 64 bytes. What is signed says by its first bytes what it is.</summary>
    public byte[] Sign(byte[] bytes) => _key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>The private scalar, 32 bytes, for the caller to zero.</summary>
    internal byte[] ExportKey() => _key.ExportParameters(true).D!;

    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }

    public override string ToString() => $"Authority (secret) of {Cluster}";
}
