using System.Collections.Immutable;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>What a member of a council says with a signature.</summary>
public enum LayoutStage : byte
{
    /// <summary>As far as this member sees, the layout may follow the one before. Several may be endorsed for one number.</summary>
    Endorsed = 1,

    /// <summary>The council's register holds it. One for each number.</summary>
    Decided = 2,
}

/// <summary>What is signed about a layout: which it is, and whose signatures the next one needs.</summary>
/// <param name="Hash">SHA-256 of the layout's bytes.</param>
/// <param name="Council">The layout's own, in its order: with it a chain of statements can be followed without the layouts between.</param>
public sealed record LayoutStatement(ClusterId Cluster, LayoutNumber Number, Bytes32 Hash, ImmutableArray<ReplicaId> Council)
{
    internal const int BytesMax = Bytes16.SizeBytes + 8 + Bytes32.SizeBytes + 1 + (Layout.CouncilMax * Bytes16.SizeBytes);

    private static ReadOnlySpan<byte> Magic => "DFSG\x01"u8;

    public static LayoutStatement Of(Layout layout) => new(layout.Cluster, layout.Number, HashOf(layout), layout.Council);

    public static Bytes32 HashOf(Layout layout) => new(SHA256.HashData(layout.Encode()));

    /// <summary>The bytes that are signed: docs/formats/layout.md.</summary>
    public byte[] ToSign(LayoutStage stage)
    {
        var writer = new ByteWriter(BytesMax + 6);
        writer.Fixed(Magic);
        writer.Byte((byte)stage);
        Write(writer);
        return writer.ToArray();
    }

    internal void Write(ByteWriter writer)
    {
        writer.Bytes16(Cluster.Value);
        writer.U64(Number.Value);
        writer.Bytes32(Hash);
        writer.Byte((byte)Council.Length);
        foreach (var member in Council)
        {
            writer.Bytes16(member.Value);
        }
    }

    internal static LayoutStatement Read(ref ByteReader reader)
    {
        var cluster = new ClusterId(reader.Bytes16());
        var number = new LayoutNumber(reader.U64());
        var hash = reader.Bytes32();
        int count = reader.Byte();
        reader.Require(number != LayoutNumber.None && count is > 0 and <= Layout.CouncilMax);
        var council = ImmutableArray.CreateBuilder<ReplicaId>();
        for (var index = 0; index < count && !reader.HasFailed; index++)
        {
            var member = new ReplicaId(reader.Bytes16());
            reader.Require(!council.Contains(member));
            council.Add(member);
        }

        return new LayoutStatement(cluster, number, hash, council.ToImmutable());
    }
}

/// <summary>A signature of a statement about a layout.</summary>
/// <param name="Certificate">Of the node that signed, DER; empty: the authority itself signed.</param>
/// <param name="Value">ECDSA over SHA-256, r ‖ s, 64 bytes.</param>
public sealed record LayoutSignature(ByteString Certificate, ByteString Value)
{
    /// <summary>1 KiB: twice what a node's certificate with one address has.</summary>
    public const int CertificateBytesMax = 1024;

    /// <summary>A council, and the authority.</summary>
    public const int CountMax = Layout.CouncilMax + 1;

    public const int ValueBytes = 64;

    internal const int BytesMax = 2 + CertificateBytesMax + ValueBytes;

    public bool IsByAuthority => Certificate.IsEmpty;

    internal static void Write(ByteWriter writer, IReadOnlyCollection<LayoutSignature> signatures)
    {
        Invariant.Holds(signatures.Count <= CountMax, $"at most {CountMax} sign a layout ({signatures.Count})");
        writer.Byte((byte)signatures.Count);
        foreach (var signature in signatures)
        {
            signature.Write(writer);
        }
    }

    internal static ImmutableArray<LayoutSignature> ReadAll(ref ByteReader reader)
    {
        int count = reader.Byte();
        reader.Require(count <= CountMax);
        var signatures = ImmutableArray.CreateBuilder<LayoutSignature>();
        for (var index = 0; index < count && !reader.HasFailed; index++)
        {
            signatures.Add(Read(ref reader));
        }

        return signatures.ToImmutable();
    }

    internal void Write(ByteWriter writer)
    {
        writer.Block16(Certificate.Span);
        writer.Fixed(Value.Span);
    }

    internal static LayoutSignature Read(ref ByteReader reader) =>
        new(new ByteString(reader.Block16(CertificateBytesMax)), new ByteString(reader.Fixed(ValueBytes)));
}

/// <summary>What a member of a council answers when it is asked for a signature.</summary>
/// <param name="Signature">Null when it does not give one.</param>
/// <param name="Reason">Why not, a sentence for a person; empty when it does.</param>
public sealed record LayoutAnswer(LayoutSignature? Signature, string Reason)
{
    /// <summary>300 bytes of UTF-8.</summary>
    public const int ReasonBytesMax = 300;

    public const int BytesMax = 1 + LayoutSignature.BytesMax;

    private const byte No = 0, Yes = 1;

    public byte[] Encode()
    {
        var writer = new ByteWriter(BytesMax);
        writer.Byte(Signature is null ? No : Yes);
        if (Signature is null)
        {
            // Whole characters: a name in it may be of any script.
            var reason = Reason;
            while (System.Text.Encoding.UTF8.GetByteCount(reason) > ReasonBytesMax)
            {
                reason = reason[..^1];
            }

            writer.Text(reason);
        }
        else
        {
            Signature.Write(writer);
        }

        return writer.ToArray();
    }

    /// <returns>Null for anything else.</returns>
    public static LayoutAnswer? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var kind = reader.Byte();
        reader.Require(kind is No or Yes);
        var answer = kind == Yes ? new LayoutAnswer(LayoutSignature.Read(ref reader), "") : new LayoutAnswer(null, reader.Text(ReasonBytesMax));
        return reader.IsComplete ? answer : null;
    }
}
