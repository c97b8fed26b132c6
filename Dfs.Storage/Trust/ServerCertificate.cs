using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Trust;

/// <summary>A certificate that a port for clients shows, with its key and what lies between it and its authority.</summary>
public sealed record ServerCertificate(SslStreamCertificateContext Context)
{
    /// <summary>64 KiB: a chain of dozens, or a key.</summary>
    private const int PemBytesMax = 64 * 1024;

    public X509Certificate2 Own => Context.TargetCertificate;

    /// <summary>From PEM files.</summary>
    /// <param name="certificateFile">The server's first, then what lies between.</param>
    /// <param name="keyFile">RSA or EC, mode 0600.</param>
    /// <exception cref="IOException">A file cannot be read, or others may read the key.</exception>
    /// <exception cref="CryptographicException">They do not belong together, or are none.</exception>
    public static ServerCertificate OfFiles(string certificateFile, string keyFile)
    {
        var text = File.ReadAllText(certificateFile);
        var keyBytes = PrivateFile.Read(keyFile, PemBytesMax);
        var key = Encoding.ASCII.GetChars(keyBytes);
        try
        {
            var between = new X509Certificate2Collection();
            between.ImportFromPem(text);
            if (between.Count > 0)
            {
                between[0].Dispose();
                between.RemoveAt(0);
            }

            using var own = X509Certificate2.CreateFromPem(text, key);
            return Of(own, between);
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException)
        {
            throw new CryptographicException($"{certificateFile} and {keyFile} are no certificate and its private key: {refused.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keyBytes);
            key.AsSpan().Clear();
        }
    }

    /// <summary>A fresh key, and what the cluster's authority says to it.</summary>
    /// <param name="names">IP addresses and host names that clients reach the node by.</param>
    public static ServerCertificate OfAuthority(Authority authority, IReadOnlyList<string> names, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = X509CertificateLoader.LoadCertificate(authority.IssueForClients(new PublicKey(key), names, now));
        using var own = bare.CopyWithPrivateKey(key);
        return Of(own, []);
    }

    public override string ToString() => $"ServerCertificate (secret) of {Own.Subject}";

    // By way of PKCS #12, because on Windows a key that has only been attached cannot be used for TLS.
    private static ServerCertificate Of(X509Certificate2 own, X509Certificate2Collection between)
    {
        var exported = own.Export(X509ContentType.Pkcs12);
        var loaded = X509CertificateLoader.LoadPkcs12(exported, null);
        CryptographicOperations.ZeroMemory(exported);
        return new ServerCertificate(SslStreamCertificateContext.Create(loaded, between, offline: true));
    }
}
