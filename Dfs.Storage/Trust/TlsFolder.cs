using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dfs.Core.Trust;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Trust;

/// <summary>A node's own certificate and key in its data directory: <c>tls/</c>, mode 0600; docs/formats/data-directory.md.</summary>
/// <remarks>Certificate and key change together, in one file, so that a crash leaves no half of either.</remarks>
public sealed class TlsFolder(string dataDirectory)
{
    /// <summary>64 KiB: a chain of dozens.</summary>
    private const int PemBytesMax = 64 * 1024;

    private readonly string _node = System.IO.Path.Combine(dataDirectory, "tls", "node.pem");
    private readonly string _authority = System.IO.Path.Combine(dataDirectory, "tls", "authority.pem");
    private readonly string _revoked = System.IO.Path.Combine(dataDirectory, "tls", "revoked");

    public bool HasCertificate => File.Exists(_node);

    /// <exception cref="IOException">It cannot be read, or others may read the key.</exception>
    /// <exception cref="CryptographicException">It is damaged.</exception>
    public NodeCertificate Load()
    {
        using var key = ReadKey(_node);
        using var own = X509Certificate2.CreateFromPem(File.ReadAllText(_node));
        using var authority = X509Certificate2.CreateFromPem(File.ReadAllText(_authority));
        return NodeCertificate.OfCluster(own.RawData, key, authority.RawData);
    }

    /// <summary>Keeps a certificate durably, in place of the one before.</summary>
    /// <param name="certificate">DER.</param>
    /// <param name="authority">DER.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Save(byte[] certificate, ECDsa key, byte[] authority)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_node)!);
        PrivateFile.Replace(_authority, Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", authority) + "\n"));
        var pkcs8 = key.ExportPkcs8PrivateKey();
        var pem = PemEncoding.Write("PRIVATE KEY", pkcs8);
        byte[] bytes = [.. Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", certificate) + "\n"), .. Encoding.ASCII.GetBytes(pem), (byte)'\n'];
        PrivateFile.Replace(_node, bytes);
        CryptographicOperations.ZeroMemory(pkcs8);
        CryptographicOperations.ZeroMemory(bytes);
        pem.AsSpan().Clear();
    }

    /// <summary>The lists that were kept; none when there is none that the authority signed.</summary>
    public Revocations LoadRevoked(NodeCertificate certificate)
    {
        using var authority = certificate.Authorities[0].GetECDsaPublicKey();
        return certificate.Rule.Cluster is { } cluster && authority is not null && File.Exists(_revoked)
            && Revocations.TryDecode(PrivateFile.Read(_revoked, Revocations.BytesMax), cluster, authority, out var list)
                ? list
                : Revocations.Empty;
    }

    /// <exception cref="IOException">The disk refused.</exception>
    public void SaveRevoked(Revocations revoked) => PrivateFile.Replace(_revoked, revoked.Encode());

    /// <summary>The first private key of a PEM file.</summary>
    /// <exception cref="IOException">It cannot be read, or others may read it.</exception>
    /// <exception cref="CryptographicException">There is none, or it is none of P-256, P-384 or P-521.</exception>
    internal static ECDsa ReadKey(string path)
    {
        var bytes = PrivateFile.Read(path, PemBytesMax);
        var text = Encoding.ASCII.GetChars(bytes);
        var key = ECDsa.Create();
        try
        {
            ReadOnlySpan<char> rest = text;
            while (PemEncoding.TryFind(rest, out var fields))
            {
                if (rest[fields.Label].EndsWith("PRIVATE KEY"))
                {
                    key.ImportFromPem(rest[fields.Location]);
                    return key;
                }

                rest = rest[fields.Location.End..];
            }

            throw new CryptographicException($"There is no private key in {path}.");
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new CryptographicException($"The private key in {path} cannot be read: {refused.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            text.AsSpan().Clear();
        }
    }
}
