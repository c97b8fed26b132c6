using System.Security.Cryptography;
using Dfs.Actors.Trust;
using Dfs.Core.Trust;
using Dfs.Node.Cli;
using Dfs.Node.Configuration;
using Dfs.Storage.Disk;
using Dfs.Storage.Trust;

namespace Dfs.Node.Hosting;

/// <summary>Finds or makes the certificate that a node shows to others.</summary>
internal static class NodeCertificates
{
    /// <param name="authority">Null where this node does not have it.</param>
    /// <returns>Null where connections between nodes are plain; else the caller's to dispose.</returns>
    /// <exception cref="CliException">There is none, or it cannot be used; says what to do.</exception>
    public static NodeTrust? Open(NodeSettings settings, DataDirectory directory, Authority? authority, TimeProvider time)
    {
        if (!settings.Trust.IsTls)
        {
            return null;
        }

        try
        {
            return settings.Trust.Organisation is { } files
                ? new NodeTrust(NodeCertificate.OfFiles(files.Certificate, files.Key, files.Authority), Revocations.Empty, time)
                : OfCluster(settings, directory, authority, time);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliException(ExitCode.Configuration, $"The certificate of this node cannot be used: {unusable.Message}");
        }
    }

    /// <summary>What an organisation's files have now.</summary>
    /// <returns>Null when it is what is shown; else the caller's to dispose.</returns>
    /// <exception cref="IOException">A file cannot be read, or others may read the key.</exception>
    /// <exception cref="CryptographicException">They do not belong together, as while they are being written, or the certificate has ended.</exception>
    public static NodeCertificate? ReadChanged(OrganisationFiles files, NodeCertificate shown, TimeProvider time)
    {
        var read = NodeCertificate.OfFiles(files.Certificate, files.Key, files.Authority);
        var hasEnded = read.Own.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime;
        if (!hasEnded && !read.IsSameAs(shown))
        {
            return read;
        }

        var end = read.Own.NotAfter.ToUniversalTime();
        read.Dispose();
        return hasEnded ? throw new CryptographicException($"The certificate in {files.Certificate} ended at {end:u}.") : null;
    }

    /// <summary>A fresh key, and what the authority says to it; durable when this returns.</summary>
    public static void Issue(TlsFolder folder, Authority authority, NodeSettings settings, DataDirectory directory, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = authority.Issue(
            new System.Security.Cryptography.X509Certificates.PublicKey(key), directory.Identity.Replica, settings.Role, [settings.Host.ToString()], now);
        folder.Save(certificate, key, authority.Certificate);
    }

    private static NodeTrust OfCluster(NodeSettings settings, DataDirectory directory, Authority? authority, TimeProvider time)
    {
        var folder = new TlsFolder(directory.Path);
        var now = time.GetUtcNow();
        if (!folder.HasCertificate)
        {
            Issue(folder, authority ?? throw new CliException(
                ExitCode.Configuration,
                $"This node has no certificate, and would be heard by others than this machine. On a node that has the cluster's authority run: dfs token create. "
                + $"Here: dfs join --invitation-file FILE --data {settings.DataDirectory}. The first node of a cluster makes the authority: dfs authority create --authority {settings.Trust.AuthorityFile}"),
                settings, directory, now);
        }

        var certificate = folder.Load();
        if (authority is not null && authority.Cluster == certificate.Rule.Cluster
            && (TrustRule.IsRenewalDue(certificate.Own.NotBefore, certificate.Own.NotAfter, now) || !certificate.Own.MatchesHostname(settings.Host.ToString())))
        {
            certificate.Dispose();
            Issue(folder, authority, settings, directory, now);
            certificate = folder.Load();
        }

        if (Refusal(certificate, settings, directory, now) is { } refusal)
        {
            certificate.Dispose();
            throw new CliException(ExitCode.Configuration, $"The certificate in {Path.Combine(directory.Path, "tls")} {refusal}. Remove that folder and join again.");
        }

        return new NodeTrust(certificate, folder.LoadRevoked(certificate), time, folder.SaveRevoked);
    }

    private static string? Refusal(NodeCertificate certificate, NodeSettings settings, DataDirectory directory, DateTimeOffset now) =>
        certificate.Identity?.Replica != directory.Identity.Replica ? "is of another data directory"
        : certificate.Identity.Role == NodeRole.Storage && !settings.StoresOnly ? "is for a node that only stores: start it with --role storage, or let it join with another invitation"
        : now > certificate.Own.NotAfter ? $"ended at {certificate.Own.NotAfter:u}"
        : !certificate.Own.MatchesHostname(settings.Host.ToString()) ? $"is not for the address {settings.Host}"
        : null;
}
