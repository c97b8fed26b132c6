using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust;

/// <summary>Nodes whose certificates are no longer good, signed by the authority; see <see cref="Revocations"/>.</summary>
/// <remarks>By replica id, not by certificate: a directory that was expelled gets no other certificate. Bytes: docs/formats/trust.md.</remarks>
public sealed class RevocationList
{
    /// <summary>4,096 nodes, 64 KiB.</summary>
    public const int NodesMax = 4096;

    public const int BytesMax = 5 + Bytes16.SizeBytes + 8 + 2 + (NodesMax * Bytes16.SizeBytes) + SignatureBytes;

    private const int SignatureBytes = 64;

    private const int HeaderBytes = 5 + Bytes16.SizeBytes + 8;

    private readonly byte[] _encoded;

    private RevocationList(Bytes16 cluster, ulong number, ImmutableSortedSet<ReplicaId> nodes, byte[] encoded) =>
        (Cluster, Number, Nodes, _encoded) = (cluster, number, nodes, encoded);

    public Bytes16 Cluster { get; }

    /// <summary>One more than the highest that its maker knew.</summary>
    public ulong Number { get; }

    public ImmutableSortedSet<ReplicaId> Nodes { get; }

    public ReadOnlyMemory<byte> Encoded => _encoded;

    private static ReadOnlySpan<byte> Magic => "DFSX\x01"u8;

    public bool Contains(ReplicaId node) => Nodes.Contains(node);

    /// <param name="nodes">1 to 4,096.</param>
    /// <param name="sign">Signs bytes with the authority's key: ECDSA over SHA-256, 64 bytes.</param>
    public static RevocationList Create(Bytes16 cluster, ulong number, ImmutableSortedSet<ReplicaId> nodes, Func<byte[], byte[]> sign)
    {
        Invariant.Holds(nodes.Count is > 0 and <= NodesMax, $"a revocation list names 1 to {NodesMax} nodes ({nodes.Count})");
        var writer = new ByteWriter(128);
        writer.Fixed(Magic);
        writer.Bytes16(cluster);
        writer.U64(number);
        writer.U16((ushort)nodes.Count);
        foreach (var one in nodes)
        {
            writer.Bytes16(one.Value);
        }

        var signature = sign(writer.ToArray());
        writer.Fixed(signature);
        return new RevocationList(cluster, number, nodes, writer.ToArray());
    }

    /// <returns>How many bytes the list has that these begin with, as it says; null when they are too few to tell.</returns>
    internal static int? LengthOf(ReadOnlySpan<byte> bytes) => bytes.Length < HeaderBytes + 2
        ? null
        : HeaderBytes + 2 + (new ByteReader(bytes[HeaderBytes..]).U16() * Bytes16.SizeBytes) + SignatureBytes;

    /// <summary>Reads a list and checks that this cluster's authority signed it.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, Bytes16 cluster, ECDsa authority, [NotNullWhen(true)] out RevocationList? list)
    {
        list = null;
        var reader = new ByteReader(bytes.Span);
        reader.Expect(Magic);
        var of = reader.Bytes16();
        var number = reader.U64();
        var count = reader.Count16(Bytes16.SizeBytes, NodesMax);
        var nodes = ImmutableSortedSet.CreateBuilder<ReplicaId>();
        for (var i = 0; i < count; i++)
        {
            var node = new ReplicaId(reader.Bytes16());
            reader.Require(nodes.Count == 0 || nodes[^1].CompareTo(node) < 0);
            nodes.Add(node);
        }

        var signedBytes = bytes.Length - reader.RemainingBytes;
        var signature = reader.Fixed(SignatureBytes);
        if (reader.IsComplete && of == cluster
            && authority.VerifyData(bytes.Span[..signedBytes], signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
        {
            list = new RevocationList(of, number, nodes.ToImmutable(), bytes.ToArray());
        }

        return list is not null;
    }

    public override string ToString() => $"revocation list {Number} of {Nodes.Count} nodes";
}
