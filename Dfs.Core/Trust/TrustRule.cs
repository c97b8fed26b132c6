using Dfs.Core.Primitives;

namespace Dfs.Core.Trust;

/// <summary>What a certificate came to. Everything but <see cref="Welcome"/> ends the connection.</summary>
public enum TrustVerdict
{
    Welcome,
    NoCertificate,

    /// <summary>Of no authority that this node trusts.</summary>
    Foreign,

    /// <summary>It says whose cluster's it is, and it is not this one; or it says nothing though it must.</summary>
    OtherCluster,
    NotYetValid,
    Expired,
    Revoked,

    /// <summary>Not of the address that was dialed.</summary>
    WrongName,

    /// <summary>Of another node than the one that was meant.</summary>
    WrongNode,

    /// <summary>Of a node that only stores, which asked for what is a gateway's; the connection goes on, the request is refused.</summary>
    WrongRole,
}

/// <summary>What a certificate says, and whether the authority vouches for it.</summary>
/// <param name="IsVouchedFor">There is a chain of signatures to the authority.</param>
/// <param name="Identity">Null when it names no node.</param>
public sealed record CertificateFacts(bool IsVouchedFor, NodeIdentity? Identity, DateTimeOffset NotBefore, DateTimeOffset NotAfter);

/// <summary>When a node believes another one's certificate, and when it renews its own.</summary>
/// <param name="Cluster">Whose nodes are welcome; null for an organisation's authority, whose certificates need not name nodes.</param>
public sealed record TrustRule(Bytes16? Cluster)
{
    /// <summary>Five minutes: how far clocks of nodes may be apart.</summary>
    public static readonly TimeSpan ClockSkewMax = TimeSpan.FromMinutes(5);

    /// <param name="expected">The node that is meant; null when any is welcome.</param>
    public TrustVerdict Judge(CertificateFacts certificate, Revocations revoked, ReplicaId? expected, DateTimeOffset now)
    {
        var identity = certificate.Identity;
        return !certificate.IsVouchedFor ? TrustVerdict.Foreign
            : Cluster is { } cluster && identity?.Cluster != cluster ? TrustVerdict.OtherCluster
            : now < certificate.NotBefore - ClockSkewMax ? TrustVerdict.NotYetValid
            : now > certificate.NotAfter + ClockSkewMax ? TrustVerdict.Expired
            : identity is not null && revoked.Contains(identity.Replica) ? TrustVerdict.Revoked
            : expected is { } meant && identity is not null && identity.Replica != meant ? TrustVerdict.WrongNode
            : TrustVerdict.Welcome;
    }

    /// <summary>When a third of the lifetime is left: a month of ninety days, for an authority that is away meanwhile.</summary>
    public static bool IsRenewalDue(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now) =>
        now >= notAfter - ((notAfter - notBefore) / 3);
}
