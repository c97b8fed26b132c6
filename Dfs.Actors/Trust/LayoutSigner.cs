using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.Trust;

namespace Dfs.Actors.Trust;

/// <summary>Signs what this node says about layouts, and finds out whose signatures others show.</summary>
/// <remarks>
/// A signature is checked against the certificate that comes with it, and that against the authority. Certificates that have ended count: what
/// they signed was signed before. Safe for many threads.
/// </remarks>
/// <param name="authority">Of this cluster, where this node has it; it signs every layout that this node works under.</param>
public sealed class LayoutSigner(NodeTrust trust, Authority? authority)
{
    public bool HasAuthority => authority is not null && authority.Cluster == trust.Certificate.Rule.Cluster;

    /// <summary>With the key of the node's certificate.</summary>
    public LayoutSignature Sign(byte[] bytes)
    {
        var own = trust.Certificate.Own;
        using var key = own.GetECDsaPrivateKey()!;
        return new LayoutSignature(new ByteString(own.RawData), new ByteString(Signed(key, bytes)));
    }

    /// <returns>Null where this node does not have the authority.</returns>
    public LayoutSignature? SignAsAuthority(byte[] bytes) =>
        HasAuthority ? new LayoutSignature(ByteString.Empty, new ByteString(authority!.Sign(bytes))) : null;

    /// <param name="countExpelled">Whether the signatures of nodes that were expelled since count too.</param>
    public LayoutSigners WhoSigned(byte[] bytes, IEnumerable<LayoutSignature> signatures, bool countExpelled = false)
    {
        var nodes = ImmutableSortedSet.CreateBuilder<ReplicaId>();
        var isByAuthority = false;
        foreach (var signature in signatures)
        {
            if (signature.IsByAuthority)
            {
                using var key = trust.Certificate.Authorities[0].GetECDsaPublicKey();
                isByAuthority |= key is not null && IsSigned(key, bytes, signature);
            }
            else if (SignerOf(bytes, signature) is { } node && (countExpelled || !trust.Revoked.Contains(node)))
            {
                nodes.Add(node);
            }
        }

        return new LayoutSigners(isByAuthority, nodes.ToImmutable());
    }

    private ReplicaId? SignerOf(byte[] bytes, LayoutSignature signature)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(signature.Certificate.Span);
            using var key = certificate.GetECDsaPublicKey();
            return key is not null && NodeCertificate.IdentityOf(certificate) is { } identity && identity.Cluster == trust.Certificate.Rule.Cluster
                && trust.VouchesFor(certificate) && IsSigned(key, bytes, signature)
                    ? identity.Replica
                    : default(ReplicaId?);
        }
        catch (Exception refused) when (refused is CryptographicException or NotSupportedException)
        {
            // The second: a curve that the machine does not know.
            return null;
        }
    }

    private static byte[] Signed(ECDsa key, byte[] bytes) =>
        key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static bool IsSigned(ECDsa key, byte[] bytes, LayoutSignature signature) =>
        key.VerifyData(bytes, signature.Value.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
