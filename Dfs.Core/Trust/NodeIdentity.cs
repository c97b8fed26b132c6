using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust;

/// <summary>What a node may be; the words stand in certificates.</summary>
public enum NodeRole
{
    /// <summary>Keeps chunks and replicas, has no keyring; may not do what <see cref="RoleRule"/> leaves to gateways.</summary>
    Storage,

    /// <summary>Serves clients too.</summary>
    Gateway,
}

/// <summary>Who a certificate says that a node is: a URI among its alternative names.</summary>
/// <param name="Cluster">Of the authority that vouches for it: the first half of its pin. A cluster's id comes with its first layout, after the certificates.</param>
public sealed record NodeIdentity(Bytes16 Cluster, ReplicaId Replica, NodeRole Role)
{
    /// <summary>4 KiB: dozens of names. More is refused unread.</summary>
    public const int NamesBytesMax = 4096;

    private const string Scheme = "dfs://", NodePath = "/node/", RoleQuery = "?role=";

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>"dfs://CLUSTER/node/REPLICA?role=gateway".</summary>
    public override string ToString() => $"{Scheme}{Cluster}{NodePath}{Replica}{RoleQuery}{WordOf(Role)}";

    /// <returns>False for anything but the one form that <see cref="ToString"/> has.</returns>
    public static bool TryParse(string uri, [NotNullWhen(true)] out NodeIdentity? identity)
    {
        identity = null;
        const int ClusterEnd = 6 + 32, ReplicaEnd = ClusterEnd + 6 + 32;
        if (uri.Length > ReplicaEnd
            && Bytes16.TryParse(uri.AsSpan(Scheme.Length, 32), out var cluster)
            && ReplicaId.TryParse(uri.AsSpan(ClusterEnd + NodePath.Length, 32), out var replica))
        {
            identity = Enum.GetValues<NodeRole>().Select(role => new NodeIdentity(cluster, replica, role)).FirstOrDefault(one => one.ToString() == uri);
        }

        return identity is not null;
    }

    /// <summary>Reads it from the value of a certificate's extension of alternative names (RFC 5280, 4.2.1.6).</summary>
    /// <returns>Null when there is none, more than one, or the value is malformed.</returns>
    public static NodeIdentity? OfNames(ReadOnlyMemory<byte> names)
    {
        if (names.Length > NamesBytesMax)
        {
            return null;
        }

        try
        {
            NodeIdentity? found = null;
            var reader = new AsnReader(names, AsnEncodingRules.DER);
            var sequence = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            while (sequence.HasData)
            {
                if (!sequence.PeekTag().HasSameClassAndValue(UriTag))
                {
                    sequence.ReadEncodedValue();
                }
                else if (TryParse(sequence.ReadCharacterString(UniversalTagNumber.IA5String, UriTag), out var identity))
                {
                    if (found is not null)
                    {
                        return null;
                    }

                    found = identity;
                }
            }

            return found;
        }
        catch (Exception malformed) when (malformed is AsnContentException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static string WordOf(NodeRole role) => role == NodeRole.Storage ? "storage" : "gateway";
}
