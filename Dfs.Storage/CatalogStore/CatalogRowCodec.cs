using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Storage.CatalogStore;

/// <summary>The bytes of a catalog row, with a CRC-32C over its key and all of it; docs/formats/catalog-database.md.</summary>
internal static class CatalogRowCodec
{
    /// <summary>Scope and register id.</summary>
    public const int KeyBytes = 1 + Bytes32.SizeBytes;

    private const byte Version = 1;
    private const int SumBytes = 4;

    public static byte[] Key(RowKey key)
    {
        var bytes = new byte[KeyBytes];
        bytes[0] = key.IsCouncil ? (byte)1 : (byte)0;
        key.Register.Value.CopyTo(bytes.AsSpan(1));
        return bytes;
    }

    public static RowKey Key(ReadOnlySpan<byte> bytes) => new(bytes[0] == 1, new RegisterId(bytes[1..]));

    public static byte[] Encode(RegisterRow row)
    {
        var writer = new ByteWriter(160 + row.Value.Length);
        writer.Byte(Version);
        Write(writer, row.Promise);
        Write(writer, row.Accepted);
        writer.U64(row.CounterFloor);
        writer.U64(row.Change);
        writer.Block32(row.Value.Span);
        return Sealed(writer, Key(row.Key));
    }

    /// <summary>Null when the row is damaged, or another's.</summary>
    public static RegisterRow? Decode(RowKey key, byte[] bytes)
    {
        if (Body(bytes, Key(key)) is not { } body)
        {
            return null;
        }

        var reader = new ByteReader(body.Span);
        reader.Require(reader.Byte() == Version);
        var (promise, accepted) = (ReadBallot(ref reader), ReadBallot(ref reader));
        var (counterFloor, change) = (reader.U64(), reader.U64());
        var sizeBytes = reader.Block32(RegisterRow.ValueBytesMax).Length;
        var value = sizeBytes == 0 ? default : body[^sizeBytes..];
        return reader.IsComplete ? new RegisterRow(key, promise, accepted, value, counterFloor, change) : null;
    }

    public static byte[] Encode(PartitionRow row)
    {
        var writer = new ByteWriter();
        writer.Byte(Version);
        Write(writer, row.Promise);
        Write(writer, row.Floor);
        return Sealed(writer, PartitionKey(row.Partition));
    }

    /// <summary>Null when the row is damaged, or another's.</summary>
    public static PartitionRow? Decode(PartitionId partition, byte[] bytes)
    {
        if (Body(bytes, PartitionKey(partition)) is not { } body)
        {
            return null;
        }

        var reader = new ByteReader(body.Span);
        reader.Require(reader.Byte() == Version);
        var row = new PartitionRow(partition, ReadBallot(ref reader), ReadBallot(ref reader));
        return reader.IsComplete ? row : null;
    }

    /// <summary>A named fact of the directory, sealed like a row.</summary>
    public static byte[] EncodeFact(string name, ReadOnlySpan<byte> value)
    {
        var writer = new ByteWriter(value.Length + SumBytes);
        writer.Fixed(value);
        return Sealed(writer, System.Text.Encoding.UTF8.GetBytes(name));
    }

    /// <summary>Null when it is damaged, or another's.</summary>
    public static ReadOnlyMemory<byte>? DecodeFact(string name, byte[] bytes) =>
        Body(bytes, System.Text.Encoding.UTF8.GetBytes(name));

    private static byte[] PartitionKey(PartitionId partition) => [2, (byte)(partition.Index >> 8), (byte)(partition.Index & 0xFF)];

    private static byte[] Sealed(ByteWriter writer, byte[] key)
    {
        writer.U32(Crc32C.Append(Crc32C.Of(key), writer.Written));
        return writer.ToArray();
    }

    private static ReadOnlyMemory<byte>? Body(byte[] bytes, byte[] key)
    {
        if (bytes.Length < SumBytes)
        {
            return null;
        }

        var body = bytes.AsMemory(0, bytes.Length - SumBytes);
        var sum = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(body.Length));
        return Crc32C.Append(Crc32C.Of(key), body.Span) == sum ? body : default(ReadOnlyMemory<byte>?);
    }

    private static void Write(ByteWriter writer, Ballot ballot)
    {
        writer.U64(ballot.Round);
        writer.Bytes16(ballot.Replica.Value);
        writer.U64(ballot.Start);
        writer.U64(ballot.Sequence);
    }

    private static Ballot ReadBallot(ref ByteReader reader)
    {
        var round = reader.U64();
        var replica = new ReplicaId(reader.Bytes16());
        var start = reader.U64();
        return new Ballot(round, replica, start, reader.U64());
    }
}
