using System.Net;

namespace Dfs.Node.Configuration;

/// <summary>How the ports for clients, http and s3, are protected, checked.</summary>
/// <param name="IsAlways">Also on loopback.</param>
/// <param name="Files">Null: a certificate of the cluster's authority.</param>
/// <param name="Names">Host names and addresses that such a certificate is for, beside the node's own.</param>
public sealed record ClientTlsSettings(bool IsAlways, CertificatePair? Files, IReadOnlyList<string> Names)
{
    /// <summary>TLS off loopback.</summary>
    public static readonly ClientTlsSettings Auto = new(false, null, []);

    public bool IsFor(IPEndPoint port) => IsAlways || !IPAddress.IsLoopback(port.Address);
}

/// <summary>PEM files, absolute paths.</summary>
/// <param name="Certificate">The server's, and what lies between it and its authority.</param>
/// <param name="Key">Mode 0600.</param>
public sealed record CertificatePair(string Certificate, string Key);
