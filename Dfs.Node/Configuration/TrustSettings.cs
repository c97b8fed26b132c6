namespace Dfs.Node.Configuration;

/// <summary>How connections between nodes are protected, checked.</summary>
/// <param name="IsTls">Mutual TLS on the remoting's port and the peer endpoint.</param>
/// <param name="IsExternal">Something else protects the network, such as a VPN.</param>
/// <param name="AuthorityFile">Absolute path of the cluster's authority, outside the data directory; most nodes have none.</param>
/// <param name="Organisation">Certificates of an organisation's own authority; null for those of the cluster's.</param>
public sealed record TrustSettings(bool IsTls, bool IsExternal, string AuthorityFile, OrganisationFiles? Organisation)
{
    public static readonly TrustSettings Plain = new(false, false, "", null);
}

/// <summary>PEM files, absolute paths.</summary>
/// <param name="Certificate">The node's, and what lies between it and the authority.</param>
/// <param name="Key">Mode 0600.</param>
/// <param name="Authority">Whose certificates are welcome.</param>
public sealed record OrganisationFiles(string Certificate, string Key, string Authority);
