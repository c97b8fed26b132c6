using System.Net.Security;
using Dfs.Core.Trust;
using Dfs.Storage.Trust;

namespace Dfs.Node.Hosting;

/// <summary>A certificate that this node's authority makes for the ports for clients; made anew in the last third of its time.</summary>
/// <remarks>Thread-safe. In memory only: each start has a key of its own.</remarks>
internal sealed class IssuedCertificate(Authority authority, IReadOnlyList<string> names, TimeProvider time)
{
    private readonly Lock _lock = new();
    private ServerCertificate _shown = ServerCertificate.OfAuthority(authority, names, time.GetUtcNow());

    /// <summary>For one connection.</summary>
    public SslStreamCertificateContext Current()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (TrustRule.IsRenewalDue(_shown.Own.NotBefore, _shown.Own.NotAfter, now))
            {
                _shown = ServerCertificate.OfAuthority(authority, names, now);
            }

            return _shown.Context;
        }
    }
}
