using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Storage.Disk;
using Dfs.Storage.Trust;

namespace Dfs.Tests.Kit;

/// <summary>An authority of a test's own, and certificates of it in PEM files. No key lies in the tree.</summary>
internal sealed class PemFiles : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Authority _authority = Authority.Create(TimeProvider.System.GetUtcNow());

    public PemFiles() => File.WriteAllText(AuthorityFile, PemEncoding.WriteString("CERTIFICATE", _authority.Certificate));

    public string AuthorityFile => Path.Combine(_folder.Path, "authority.pem");

    public string Certificate => Path.Combine(_folder.Path, "server.crt");

    public string Key => Path.Combine(_folder.Path, "server.key");

    public Authority Authority => _authority;

    /// <param name="age">How long ago it was issued.</param>
    /// <returns>Its serial number.</returns>
    public string Issue(IEnumerable<string> names, TimeSpan age = default, TimeSpan? lifetime = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = _authority.IssueForClients(new PublicKey(key), names, TimeProvider.System.GetUtcNow() - age, lifetime);
        Write(der, key.ExportPkcs8PrivateKeyPem());
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.SerialNumber;
    }

    /// <summary>An RSA one that vouches for itself, as many tools make.</summary>
    /// <returns>Its serial number.</returns>
    public string SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        Write(certificate.RawData, key.ExportPkcs8PrivateKeyPem());
        return certificate.SerialNumber;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    private void Write(byte[] certificate, string key)
    {
        File.WriteAllText(Certificate, PemEncoding.WriteString("CERTIFICATE", certificate) + "\n");
        PrivateFile.Replace(Key, System.Text.Encoding.ASCII.GetBytes(key + "\n"));
    }
}
