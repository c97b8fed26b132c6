using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Actors.Trust;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.Trust;

namespace Dfs.Tests.Trust;

/// <summary>An authority made for a test, and the certificates of its nodes. No key lies in the tree.</summary>
internal sealed class TestCluster : IDisposable
{
    public Authority Authority { get; } = Authority.Create(TimeProvider.System.GetUtcNow());

    public static ReplicaId Node(int number) => new(new Bytes16(0, (ulong)number));

    /// <param name="age">How long ago it was issued.</param>
    public NodeCertificate Certificate(int node, string address = "127.0.0.1", TimeSpan age = default, TimeSpan? lifetime = null, NodeRole role = NodeRole.Gateway)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = Authority.Issue(
            new PublicKey(key), Node(node), role, [address], TimeProvider.System.GetUtcNow() - age, lifetime);
        return NodeCertificate.OfCluster(issued, key, Authority.Certificate);
    }

    public NodeTrust Trust(int node) => new(Certificate(node), Revocations.Empty, TimeProvider.System);

    public Revocations Expelled(params int[] nodes) =>
        nodes.Aggregate(Revocations.Empty, (known, node) => known.Add(Authority.Revoke(known, Node(node))));

    public void Dispose() => Authority.Dispose();
}
