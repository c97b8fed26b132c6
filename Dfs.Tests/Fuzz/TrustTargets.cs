using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dfs.Actors.Trust;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Core.Trust.Grants;
using Dfs.Storage.Keyring;
using Dfs.Storage.Trust;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Trust;
using static Dfs.Tests.Fuzz.FuzzTarget;

namespace Dfs.Tests.Fuzz;

/// <summary>What is sent by who wants to join, what a certificate says, what an authority signs, and what is granted.</summary>
/// <remarks>No key lies in the tree: those here are made anew, so two runs of one seed change the same places of other bytes.</remarks>
internal sealed class TrustTargets : IFuzzTargets
{
    private const string AlternativeNames = "2.5.29.17";

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TestCluster Cluster = new();
    private static readonly NodeTrust Node = Cluster.Trust(1);
    private static readonly ECDsa NewcomersKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public IEnumerable<FuzzTarget> All() => [.. Joining(), Names(), Expelled(), Proofs(), .. Kept(), .. Grants()];

    private static IEnumerable<FuzzTarget> Joining()
    {
        using var invitation = new Invitation(new Bytes16(TestBytes.From(1, 16)), TestBytes.From(0x40, 16), new Bytes32(TestBytes.From(0x80)), Now, "10.0.0.1:5051");
        // The bytes behind the text, so that their sum can be made right.
        yield return new("invitation", [System.Buffers.Text.Base64Url.DecodeFromChars(invitation.ToText().AsSpan(Invitation.Prefix.Length))], input =>
            {
                var text = Invitation.Prefix + System.Buffers.Text.Base64Url.EncodeToString(input);
                if (!Invitation.TryParse(text, out var read))
                {
                    return 0;
                }

                using (read)
                {
                    Promise(read.ToText() == text, "it is written as it came");
                    return Shape(read.Address.Length);
                }
            })
        {
            Mend = input => Sums.Sha256AtTheEnd(input, 4),
        };
        var (signing, key) = (new CertificateRequest("CN=node", NewcomersKey, HashAlgorithmName.SHA256).CreateSigningRequest(), new PublicKey(NewcomersKey));
        var request = new JoinRequest(TestCluster.Node(7), "10.0.0.7", new ByteString(signing));
        yield return new("join-request", [request.Encode(), (request with { Role = NodeRole.Storage, Address = "attic.example" }).Encode()], input =>
            {
                if (!JoinRequest.TryDecode(input, out var read))
                {
                    return 0;
                }

                Promise(Cluster.Authority.Issue(key, read.Replica, read.Role, [read.Address], Now).Length > 0, "there can be a certificate of this address");
                return Canonical(input, read.Encode()) + (int)read.Role;
            })
        {
            Words = [.. "xn--|.|::1|%eth0|\u00fc|\u3002|-".Split('|').Select(Encoding.UTF8.GetBytes)],
            AllocatedBytesBase = 256 * 1024,
            InputsInCi = 3_000,
        };
        // No invitation was ever made, so whoever proves that it has a secret is told that there is none.
        var admission = new Admission(new AdmissionOptions(Cluster.Authority, Path.Combine(AppContext.BaseDirectory, "no invitations"), static _ => false, static () => "", TimeProvider.System));
        yield return new("join", [Proved([.. new byte[48], .. request.Encode()])], input =>
            {
                var (certificate, verdict) = admission.Join(input);
                Promise(certificate is null && verdict is JoinVerdict.Unknown or JoinVerdict.WrongProof or JoinVerdict.Malformed, "nobody is let in without an invitation");
                return verdict == JoinVerdict.WrongProof ? 0 : (int)verdict;
            })
        {
            Mend = Proved,
            AllocatedBytesBase = 256 * 1024,
            InputsInCi = 2_000,
        };
    }

    // Read of whoever connects, before anything about the certificate is known.
    private static FuzzTarget Names() => new(
        "certificate-names", [Node.Certificate.Own.Extensions.First(extension => extension.Oid?.Value == AlternativeNames).RawData], input =>
        {
            if (NodeIdentity.OfNames(input) is not { } identity)
            {
                return 0;
            }

            Promise(NodeIdentity.TryParse(identity.ToString(), out var again) && again == identity, "it is read again as it is written");
            return 1 + (int)identity.Role;
        })
    {
        Words = [[0x86, 0x50], [0x87, 4], [0x30, 0x80], [0x30, 0x84], .. "dfs://|/node/|?role=storage|?role=gateway".Split('|').Select(Encoding.UTF8.GetBytes)],
    };

    private static FuzzTarget Expelled()
    {
        using var certificate = X509CertificateLoader.LoadCertificate(Cluster.Authority.Certificate);
        var authority = certificate.GetECDsaPublicKey()!;
        var (one, other) = (Cluster.Expelled(3, 4), Cluster.Expelled(5));
        return new("expelled", [one.Encode(), one.Add(other).Encode()], input =>
        {
            if (!Revocations.TryDecode(input, Cluster.Authority.Cluster, authority, out var read))
            {
                return 0;
            }

            Promise(read.Nodes.IsSubsetOf(one.Nodes.Union(other.Nodes)), "nobody is expelled whom the authority did not expel");
            return read.Nodes.Count;
        })
        {
            Words = ["DFSX\x01"u8.ToArray()],
            InputsInCi = 5_000,
        };
    }

    // A statement with the signatures of a node and of the authority, as a node that was away is told it.
    private static FuzzTarget Proofs()
    {
        var signer = new LayoutSigner(Node, Cluster.Authority);
        var statement = LayoutProofTests.Link().Statement;
        var signed = statement.ToSign(LayoutStage.Decided);
        return new("layout-proof", [new LayoutLink(statement, [signer.Sign(signed), signer.SignAsAuthority(signed)!]).Encode()], input =>
        {
            if (!LayoutLink.TryDecode(input, out var link))
            {
                return 0;
            }

            var says = link.Statement.ToSign(LayoutStage.Decided);
            var who = signer.WhoSigned(says, link.Signatures);
            Promise((!who.IsByAuthority && who.Nodes.IsEmpty) || says.AsSpan().SequenceEqual(signed), "nobody has signed another statement");
            Promise(who.Nodes.All(node => node == TestCluster.Node(1)), "nobody else has signed");
            return 1 + who.Nodes.Count + (who.IsByAuthority ? 2 : 0);
        })
        {
            AllocatedBytesBase = 512 * 1024,
            InputsInCi = 1_000,
        };
    }

    private static IEnumerable<FuzzTarget> Kept()
    {
        var entry = new InvitationEntry(new Bytes16(1, 2), Now, TestCluster.Node(7), default(ReplicaId?), "attic");
        var list = InvitationList.Empty.Add(entry, Now)!;
        yield return new("invitation-list", [list.Encode(), list.Add(entry with { Role = NodeRole.Storage, UsedBy = TestCluster.Node(8) }, Now)!.Encode()],
            input => InvitationList.Decode(input) is { } read ? Canonical(input, read.Encode()) : 0)
        {
            Mend = Sums.Sha256AtTheEnd,
        };
        var open = AuthorityFile.Encode(Cluster.Authority, null, FreshRandom.Draw);
        var wrapped = open.ToArray();
        wrapped[5] = 1;
        BinaryPrimitives.WriteInt32BigEndian(wrapped.AsSpan(8 + BinaryPrimitives.ReadUInt16BigEndian(wrapped.AsSpan(6))), PassphraseCost.RoundsMin);
        yield return new("authority", [open, Sums.Sha256AtTheEnd(wrapped)], input =>
            {
                switch (AuthorityFile.Decode("authority", input, ""))
                {
                    case AuthorityOutcome.Opened opened:
                        using (opened.Value)
                        {
                            Promise(AuthorityFile.Encode(opened.Value, null, FreshRandom.Draw).Length > 0, "what was taken can be written");
                        }

                        return 1;
                    case AuthorityOutcome.PassphraseNeeded: return 2;
                    case AuthorityOutcome.Refused: return 0;
                    case var other: throw new FuzzPromiseException($"without a passphrase it is not {other.GetType().Name}");
                }
            })
        {
            Mend = Sums.Sha256AtTheEnd,
            AllocatedBytesBase = 256 * 1024,
            InputsInCi = 2_000,
        };
    }

    private static IEnumerable<FuzzTarget> Grants()
    {
        var grants = GrantTests.Set(GrantTests.One("photos/in/:read,list", 0), GrantTests.One("*:all,admin", 1_900_000_000));
        yield return new("key-record",
            [new KeyRecord(KeyKind.AccessKey, "secret-secret"u8, grants).Encode(), new KeyRecord(KeyKind.Token, TestBytes.From(1), grants).Encode(), "bare-secret"u8.ToArray()],
            input => !KeyRecord.TryDecode(input, out var read) ? 0
                : read.Secret.SequenceEqual(input) ? 100
                : Canonical(input, read.Encode()) + (int)read.Kind);
        yield return new("grant-text", [.. "photos/2026/:read,list|*:all,admin|a-b/c:d/:write".Split('|').Select(Encoding.UTF8.GetBytes)], input =>
            {
                if (!GrantText.TryParse(Encoding.UTF8.GetString(input), 0, out var grant, out var refusal))
                {
                    Promise(refusal.Length > 0, "there is a reason");
                    return 0;
                }

                Promise(GrantText.TryParse(GrantText.Of(grant), 0, out var again, out _) && again == grant, "it is read again as it is written");
                return 1 + (int)grant.Verbs;
            })
        {
            // Words between commas.
            AllocatedBytesPerByte = 256,
            Words = [.. ":|,|*|/|read|list|write|remove|share|manage|admin|all| |\uD800".Split('|').Select(Encoding.UTF8.GetBytes)],
        };
    }

    // Id and proof, then what is proved.
    private static byte[] Proved(byte[] input)
    {
        const int Head = Bytes16.SizeBytes + Invitation.ProofBytes;
        if (input.Length >= Head)
        {
            using var invitation = Cluster.Authority.Invite(new Bytes16(input.AsSpan(0, Bytes16.SizeBytes)), default, "");
            invitation.Prove(input.AsSpan(Head)).CopyTo(input, Bytes16.SizeBytes);
        }

        return input;
    }
}
