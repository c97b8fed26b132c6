using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>Writes and reads heads; docs/formats/head.md.</summary>
public static class HeadCodec
{
    /// <summary>64 KiB with the signature: half of what a control message can carry.</summary>
    public const int EncodedBytesMax = 64 * 1024;

    /// <summary>Versions of 17 bytes and more that could be in it.</summary>
    private const int VersionsMax = EncodedBytesMax / HeadVersion.EncodedBytesMin;

    private const int SignatureBytesMax = OwnerSigner.SignatureBytes + 3 + BatchSignature.PathLengthMax * Bytes32.SizeBytes;

    /// <summary>What may be signed: with the largest signature it still fits.</summary>
    public const int UnsignedBytesMax = EncodedBytesMax - SignatureBytesMax;

    private const byte IsRemovedFlag = 1, HasHistoryFlag = 2, HasNullInHistoryFlag = 4, HasLockInHistoryFlag = 8;

    /// <summary>Magic (5), cluster (16), bucket (16) and register (32) are before it.</summary>
    private const int OwnerOffset = 69;

    private const int CounterOffset = OwnerOffset + OwnerPublicKey.SizeBytes;

    /// <summary>Owner (64), counter (8) and previous hash (32) too.</summary>
    private const int FlagsOffset = CounterOffset + 8 + Bytes32.SizeBytes;

    private static ReadOnlySpan<byte> Magic => "DFSH\x01"u8;

    /// <summary>What the owner signs, and what the next head names as its previous: all but the signature.</summary>
    public static Bytes32 HashOf(Head head) => HashOf(EncodeUnsigned(head));

    public static byte[] Encode(SignedHead head)
    {
        var writer = new ByteWriter(2048);
        Write(head.Head, writer);
        Invariant.Holds(writer.Length <= UnsignedBytesMax, $"a head has room for its signature ({writer.Length} bytes)");
        head.Signature.WriteTo(writer);
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedHead? decoded) =>
        TryDecode(bytes, out decoded, out _);

    /// <param name="hash">Of what is signed, without encoding the head again.</param>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedHead? decoded, out Bytes32 hash)
    {
        var reader = new ByteReader(bytes);
        reader.Require(bytes.Length <= EncodedBytesMax);
        var head = Read(ref reader);
        var unsignedBytes = bytes.Length - reader.RemainingBytes;
        var signature = BatchSignature.ReadFrom(ref reader);
        reader.Require(unsignedBytes <= UnsignedBytesMax);
        decoded = reader.IsComplete ? new SignedHead(head, signature) : null;
        hash = decoded is null ? default : HashOf(bytes[..unsignedBytes]);
        return decoded is not null;
    }

    /// <summary>Whether an encoded head says that a null version is in its history, without reading the rest.</summary>
    public static bool PeekHasNullInHistory(ReadOnlySpan<byte> encoded) =>
        encoded.Length > FlagsOffset && encoded.StartsWith(Magic) && (encoded[FlagsOffset] & HasNullInHistoryFlag) != 0;

    internal static int UnsignedSizeBytes(Head head) => EncodeUnsigned(head).Length;

    /// <summary>Whose an encoded head says it is, without reading the rest.</summary>
    public static bool TryPeekOwner(ReadOnlySpan<byte> encoded, out OwnerPublicKey owner)
    {
        var isHead = encoded.Length >= OwnerOffset + OwnerPublicKey.SizeBytes && encoded.StartsWith(Magic);
        owner = isHead ? new OwnerPublicKey(encoded.Slice(OwnerOffset, OwnerPublicKey.SizeBytes)) : default;
        return isHead;
    }

    /// <summary>The counter, unchecked.</summary>
    public static bool TryPeekCounter(ReadOnlySpan<byte> encoded, out ulong counter)
    {
        var isHead = encoded.Length >= CounterOffset + sizeof(ulong) && encoded.StartsWith(Magic);
        counter = isHead ? BinaryPrimitives.ReadUInt64BigEndian(encoded[CounterOffset..]) : 0;
        return isHead;
    }

    private static Bytes32 HashOf(ReadOnlySpan<byte> unsigned)
    {
        Span<byte> hash = stackalloc byte[Bytes32.SizeBytes];
        System.Security.Cryptography.SHA256.HashData(unsigned, hash);
        return new Bytes32(hash);
    }

    private static byte[] EncodeUnsigned(Head head)
    {
        var writer = new ByteWriter(2048);
        Write(head, writer);
        return writer.ToArray();
    }

    private static void Write(Head head, ByteWriter writer)
    {
        writer.Fixed(Magic);
        writer.Bytes16(head.Cluster.Value);
        writer.Bytes16(head.Bucket.Value);
        writer.Bytes32(head.Register.Value);
        writer.Bytes32(head.Owner.X);
        writer.Bytes32(head.Owner.Y);
        writer.U64(head.Counter);
        writer.Bytes32(head.Previous);
        writer.Byte((byte)((head.IsRemoved ? IsRemovedFlag : 0) | (head.History is null ? 0 : HasHistoryFlag) | (head.HasNullInHistory ? HasNullInHistoryFlag : 0)
            | (head.HasLockInHistory ? HasLockInHistoryFlag : 0)));
        writer.Block16(head.Name.Span);
        writer.U16((ushort)head.Versions.Length);
        foreach (var version in head.Versions)
        {
            version.WriteTo(writer);
        }

        head.History?.WriteTo(writer);

        writer.Byte((byte)head.Operations.Length);
        foreach (var operation in head.Operations)
        {
            writer.Bytes16(operation.Value);
        }

        writer.Block16(head.Grants.Span);
    }

    private static Head Read(ref ByteReader reader)
    {
        reader.Expect(Magic);
        var cluster = new ClusterId(reader.Bytes16());
        var bucket = new BucketId(reader.Bytes16());
        var register = new RegisterId(reader.Bytes32());
        var owner = new OwnerPublicKey(reader.Bytes32(), reader.Bytes32());
        var counter = reader.U64();
        var previous = reader.Bytes32();
        var flags = reader.Byte();
        var name = new ByteString(reader.Block16(SealedName.SealedBytesMax));
        var versions = ReadVersions(ref reader);
        var history = (flags & HasHistoryFlag) != 0 ? HeadHistory.ReadFrom(ref reader) : null;
        var operations = ReadOperations(ref reader);
        var grants = new ByteString(reader.Block16(Head.GrantsBytesMax));
        reader.Require(counter > 0);
        // A tombstone keeps nothing that could open or name anything; all else has a version and a name.
        reader.Require((flags & ~(HasHistoryFlag | HasNullInHistoryFlag | HasLockInHistoryFlag)) == (versions.IsEmpty ? IsRemovedFlag : 0) && versions.IsEmpty == name.IsEmpty);
        reader.Require(!versions.IsEmpty || (grants.IsEmpty && history is null));
        reader.Require(history is not null || (flags & (HasNullInHistoryFlag | HasLockInHistoryFlag)) == 0);
        return new Head
        {
            Cluster = cluster,
            Bucket = bucket,
            Register = register,
            Owner = owner,
            Counter = counter,
            Previous = previous,
            Name = name,
            Versions = versions,
            History = history,
            HasNullInHistory = (flags & HasNullInHistoryFlag) != 0,
            HasLockInHistory = (flags & HasLockInHistoryFlag) != 0,
            Operations = operations,
            Grants = grants,
        };
    }

    private static ImmutableArray<HeadVersion> ReadVersions(ref ByteReader reader)
    {
        var count = reader.Count16(HeadVersion.EncodedBytesMin, VersionsMax);
        var versions = ImmutableArray.CreateBuilder<HeadVersion>();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            versions.Add(HeadVersion.ReadFrom(ref reader));
        }

        return reader.HasFailed ? [] : versions.ToImmutable();
    }

    private static ImmutableArray<OperationId> ReadOperations(ref ByteReader reader)
    {
        int count = reader.Byte();
        reader.Require(count <= Head.OperationsMax);
        var operations = ImmutableArray.CreateBuilder<OperationId>();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            operations.Add(new OperationId(reader.Bytes16()));
        }

        return operations.ToImmutable();
    }
}
