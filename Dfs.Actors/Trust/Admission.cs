using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.Disk;
using Dfs.Storage.Trust;

namespace Dfs.Actors.Trust;

/// <summary>Where this node finds what it needs to let others in.</summary>
/// <param name="Path">Of the file that remembers the invitations; in the data directory, so that one process has it.</param>
/// <param name="IsKnown">Whether the cluster knows a directory, or has expelled it.</param>
/// <param name="Address">host:port of this node's peer endpoint.</param>
public sealed record AdmissionOptions(Authority Authority, string Path, Func<ReplicaId, bool> IsKnown, Func<string> Address, TimeProvider Time);

/// <summary>Makes invitations and answers those who come with one; on a node that has the authority.</summary>
/// <remarks>
/// An invitation is good at the node that made it, and once: it is marked as used, durably, before a certificate is made. There is no
/// register of the catalog for this, because the first nodes join before there is a catalog.
/// </remarks>
public sealed class Admission(AdmissionOptions options)
{
    /// <summary>A week.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(7);

    /// <summary>Id, proof, encoded request.</summary>
    public const int RequestBytesMax = Bytes16.SizeBytes + Invitation.ProofBytes + JoinRequest.BytesMax;

    private readonly Lock _lock = new();

    public IReadOnlyList<InvitationInfo> Invitations
    {
        get
        {
            lock (_lock)
            {
                return [.. Load().Entries.Select(entry => new InvitationInfo(entry.Id.ToString(), entry.Expires, entry.Node?.ToString(), entry.UsedBy?.ToString(), entry.Note)
                {
                    StoresOnly = entry.Role == NodeRole.Storage,
                })];
            }
        }
    }

    public TrustAnswer Invite(TimeSpan lifetime, string? node, string note, NodeRole role = NodeRole.Gateway)
    {
        var meant = default(ReplicaId);
        if (lifetime <= TimeSpan.Zero || lifetime > LifetimeMax || (node is not null && !ReplicaId.TryParse(node, out meant))
            || System.Text.Encoding.UTF8.GetByteCount(note) > InvitationList.NoteBytesMax)
        {
            return new TrustAnswer(
                DfsOutcome.NotAllowed, $"An invitation is good for at most {LifetimeMax.TotalDays} days; a node is named by its replica id, and a note has at most {InvitationList.NoteBytesMax} bytes.");
        }

        var id = new Bytes16(RandomNumberGenerator.GetBytes(Bytes16.SizeBytes));
        var now = options.Time.GetUtcNow();
        var entry = new InvitationEntry(
            id, DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds()), node is null ? default(ReplicaId?) : meant, default(ReplicaId?), note)
        {
            Role = role,
        };
        lock (_lock)
        {
            if (Load().Add(entry, now) is not { } next)
            {
                return new TrustAnswer(DfsOutcome.Busy, $"There are {InvitationList.EntriesMax} invitations that are not used yet; revoke some.");
            }

            Save(next);
        }

        using var invitation = options.Authority.Invite(id, entry.Expires, options.Address());
        return new TrustAnswer(DfsOutcome.Done, "", invitation.ToText());
    }

    public TrustAnswer Withdraw(string id)
    {
        if (!Bytes16.TryParse(id, out var known))
        {
            return new TrustAnswer(DfsOutcome.NotAllowed, $"'{id}' is not the id of an invitation.");
        }

        lock (_lock)
        {
            Save(Load().Withdraw(known));
        }

        return new TrustAnswer(DfsOutcome.Done, $"{id} is revoked.");
    }

    /// <summary>Answers a request to join; the invitation is used when this returns a certificate.</summary>
    /// <param name="body">Id, proof, then the encoded request.</param>
    /// <returns>The certificate, DER, or why there is none.</returns>
    public (byte[]? Certificate, JoinVerdict Verdict) Join(ReadOnlySpan<byte> body)
    {
        var reader = new ByteReader(body);
        var id = reader.Bytes16();
        var proof = reader.Fixed(Invitation.ProofBytes);
        var encoded = body[Math.Min(body.Length, Bytes16.SizeBytes + Invitation.ProofBytes)..];
        if (reader.HasFailed)
        {
            return Refuse(JoinVerdict.Malformed);
        }

        // First, so that who has no secret learns nothing of invitations.
        using (var invitation = options.Authority.Invite(id, default, ""))
        {
            if (!CryptographicOperations.FixedTimeEquals(invitation.Prove(encoded), proof))
            {
                return Refuse(JoinVerdict.WrongProof);
            }
        }

        if (!JoinRequest.TryDecode(encoded, out var request) || KeyOf(request) is not { } key)
        {
            return Refuse(JoinVerdict.Malformed);
        }

        var now = options.Time.GetUtcNow();
        NodeRole role;
        lock (_lock)
        {
            var (next, verdict) = Load().Use(id, request.Replica, options.IsKnown(request.Replica), now);
            if (verdict != JoinVerdict.Welcome)
            {
                return Refuse(verdict);
            }

            Save(next);
            role = RoleRule.Granted(next.Entries.First(entry => entry.Id == id).Role, request.Role);
        }

        return (options.Authority.Issue(key, request.Replica, role, [request.Address], now), JoinVerdict.Welcome);
    }

    /// <summary>A new certificate for a node that has shown one that is good.</summary>
    /// <param name="node">Of the certificate that was shown.</param>
    /// <param name="body">An encoded request, of the same node and with an address that the shown certificate has.</param>
    public byte[]? Renew(NodeIdentity node, X509Certificate2 shown, ReadOnlySpan<byte> body) =>
        JoinRequest.TryDecode(body, out var request) && request.Replica == node.Replica && shown.MatchesHostname(request.Address) && KeyOf(request) is { } key
            ? options.Authority.Issue(key, node.Replica, RoleRule.Granted(node.Role, request.Role), [request.Address], options.Time.GetUtcNow())
            : null;

    public byte[] AuthorityCertificate => options.Authority.Certificate;

    private static (byte[]?, JoinVerdict) Refuse(JoinVerdict verdict)
    {
        TrustMetrics.NotAdmitted(verdict);
        return (null, verdict);
    }

    /// <returns>Null unless the request is signed with its own key, on P-256.</returns>
    private static PublicKey? KeyOf(JoinRequest request)
    {
        try
        {
            var key = CertificateRequest.LoadSigningRequest(request.SigningRequest.Span.ToArray(), HashAlgorithmName.SHA256).PublicKey;
            using var ecdsa = key.GetECDsaPublicKey();
            return ecdsa?.ExportParameters(false).Curve is { IsNamed: true, Oid.Value: "1.2.840.10045.3.1.7" } ? key : null;
        }
        catch (Exception refused) when (refused is CryptographicException or NotSupportedException)
        {
            // The second: a curve, or a kind of signature, that the machine does not know.
            return null;
        }
    }

    /// <exception cref="IOException">It cannot be read, or is damaged: nobody is let in by what is not known.</exception>
    private InvitationList Load() => !File.Exists(options.Path)
        ? InvitationList.Empty
        : InvitationList.Decode(PrivateFile.Read(options.Path, InvitationList.BytesMax))
            ?? throw new IOException($"{options.Path} is damaged. Remove it: the invitations that are not used yet are lost.");

    private void Save(InvitationList list) => PrivateFile.Replace(options.Path, list.Encode());
}
