using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Core.Trust;

namespace Dfs.Storage.Trust;

/// <summary>A node's certificate with its private key, what lies between it and the authority, and the authorities that it believes.</summary>
public sealed class NodeCertificate : IDisposable
{
    private NodeCertificate(X509Certificate2 own, X509Certificate2Collection between, X509Certificate2Collection authorities, bool isOfCluster)
    {
        (Own, Between, Authorities) = (own, between, authorities);
        Identity = IdentityOf(own);
        Rule = new TrustRule(isOfCluster ? Authority.ClusterOf(Authority.PinOf(authorities[0])) : null);
    }

    /// <summary>With its private key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>Sent along; empty with the cluster's own authority.</summary>
    public X509Certificate2Collection Between { get; }

    public X509Certificate2Collection Authorities { get; }

    /// <summary>Null with an organisation's certificate that names no node.</summary>
    public NodeIdentity? Identity { get; }

    public TrustRule Rule { get; }

    /// <param name="certificate">DER.</param>
    /// <param name="authority">Of the cluster, DER.</param>
    public static NodeCertificate OfCluster(ReadOnlySpan<byte> certificate, ECDsa key, ReadOnlySpan<byte> authority)
    {
        using var bare = X509CertificateLoader.LoadCertificate(certificate);
        return new NodeCertificate(WithKey(bare, key), [], [X509CertificateLoader.LoadCertificate(authority)], isOfCluster: true);
    }

    /// <summary>An organisation's own, from PEM files.</summary>
    /// <param name="certificateFile">The node's first, then what lies between.</param>
    /// <param name="keyFile">Mode 0600.</param>
    /// <param name="authorityFile">One or more.</param>
    /// <exception cref="IOException">A file cannot be read, or others may read the key.</exception>
    /// <exception cref="CryptographicException">They do not belong together, or are none.</exception>
    public static NodeCertificate OfFiles(string certificateFile, string keyFile, string authorityFile)
    {
        var (certificates, authorities) = (new X509Certificate2Collection(), new X509Certificate2Collection());
        certificates.ImportFromPem(File.ReadAllText(certificateFile));
        authorities.ImportFromPem(File.ReadAllText(authorityFile));
        if (certificates.Count == 0 || authorities.Count == 0)
        {
            throw new CryptographicException($"There is no certificate in {(certificates.Count == 0 ? certificateFile : authorityFile)}.");
        }

        using var key = TlsFolder.ReadKey(keyFile);
        using var bare = certificates[0];
        certificates.RemoveAt(0);
        try
        {
            return new NodeCertificate(WithKey(bare, key), certificates, authorities, isOfCluster: false);
        }
        catch (ArgumentException)
        {
            throw new CryptographicException($"{keyFile} is not the key of the first certificate in {certificateFile}, or that has no EC key.");
        }
    }

    /// <summary>Whether it shows and believes the same; the key is that of the certificate.</summary>
    public bool IsSameAs(NodeCertificate other) =>
        Own.RawDataMemory.Span.SequenceEqual(other.Own.RawDataMemory.Span) && AreSame(Between, other.Between) && AreSame(Authorities, other.Authorities);

    public static NodeIdentity? IdentityOf(X509Certificate2 certificate) =>
        certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == "2.5.29.17") is { } names ? NodeIdentity.OfNames(names.RawData) : null;

    public void Dispose() => Own.Dispose();

    public override string ToString() => $"NodeCertificate (secret) of {Identity?.ToString() ?? Own.Subject}";

    private static bool AreSame(X509Certificate2Collection some, X509Certificate2Collection others) =>
        some.Count == others.Count && some.Zip(others).All(pair => pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span));

    // By way of PKCS #12, because on Windows a key that has only been attached cannot be used for TLS.
    private static X509Certificate2 WithKey(X509Certificate2 bare, ECDsa key)
    {
        using var with = bare.CopyWithPrivateKey(key);
        var exported = with.Export(X509ContentType.Pkcs12);
        var loaded = X509CertificateLoader.LoadPkcs12(exported, null);
        CryptographicOperations.ZeroMemory(exported);
        return loaded;
    }
}
