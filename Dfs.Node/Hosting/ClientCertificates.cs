using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Dfs.Actors.Trust;
using Dfs.Node.Cli;
using Dfs.Node.Configuration;
using Dfs.Storage.Trust;
using Microsoft.Extensions.Logging;

namespace Dfs.Node.Hosting;

/// <summary>What the ports for clients show: the files that the settings name, else what the cluster's authority says.</summary>
internal static class ClientCertificates
{
    // The machine itself, whichever address the port has.
    private static readonly string[] Here = ["localhost", IPAddress.Loopback.ToString(), IPAddress.IPv6Loopback.ToString()];

    /// <param name="authority">Null where this node does not have it.</param>
    /// <param name="trust">Null where connections between nodes are plain.</param>
    /// <returns>To be asked for each connection; null when neither port has TLS.</returns>
    /// <exception cref="CliException">There is none, or it cannot be used; says what to do.</exception>
    public static Func<SslStreamCertificateContext>? Open(NodeSettings settings, Authority? authority, NodeTrust? trust, TimeProvider time, ILogger log)
    {
        var tls = settings.ClientTls;
        if (!tls.IsFor(settings.Http) && !(settings.S3 is { } s3 && tls.IsFor(s3)))
        {
            return null;
        }

        if (tls.Files is { } files)
        {
            return OfFiles(files, time, log).Current;
        }

        // One authority for a cluster: that of the nodes' certificates.
        if (authority is not null && authority.Cluster == trust?.Certificate.Rule.Cluster)
        {
            return new IssuedCertificate(authority, NamesOf(settings), time).Current;
        }

        if (tls.Names.Count > 0)
        {
            throw SettingsSource.Bad(
                "client-tls.names", "this node does not have the cluster's authority, so nobody vouches for other names than its own address; give a certificate for them with dfs.client-tls.certificate and key");
        }

        return () => trust!.Context;
    }

    /// <summary>What a certificate of the authority's is for.</summary>
    internal static IReadOnlyList<string> NamesOf(NodeSettings settings)
    {
        var ports = new[] { settings.Http.Address, settings.S3?.Address }.Where(address => address is not null && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any));
        string[] buckets = settings.S3 is null || settings.S3Domain is "" or "localhost" ? [] : [settings.S3Domain, $"*.{settings.S3Domain}"];
        return [.. settings.ClientTls.Names, settings.Host.ToString(), .. ports.Select(address => address!.ToString()), .. buckets, .. Here];
    }

    private static CertificateFiles OfFiles(CertificatePair files, TimeProvider time, ILogger log)
    {
        try
        {
            return new CertificateFiles(files, time, trouble => log.LogWarning("The certificate for clients stays as it is: {Trouble}", trouble));
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw SettingsSource.Bad("client-tls.certificate", unusable.Message.TrimEnd('.'));
        }
    }
}
