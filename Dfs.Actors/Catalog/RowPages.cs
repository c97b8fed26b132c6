using System.Buffers.Binary;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Catalog;

/// <summary>Pages of a replica's rows as the peer endpoint sends them; docs/formats/peer-endpoint.md, "Rows".</summary>
public static class RowPages
{
    /// <summary>128 rows: with the largest heads 8 MiB, with usual ones 200 KiB.</summary>
    public const int RowsMax = 128;

    /// <summary>Header and the largest rows.</summary>
    public const int EncodedBytesMax = 1024 + (RowsMax * (RegisterRow.ValueBytesMax + 256));

    /// <summary>4 MiB, as the largest chunk, with what stands around the rows: what is handed back at once.</summary>
    public const int HandedBackBytesMax = 4 << 20;

    private const byte Version = 1;
    private const int SumBytes = 4;
    private const int RowBytesMin = 1 + 32 + 40 + 40 + 8 + 8 + 4;

    /// <summary>What a row takes besides its value, with room for the page's header and sum.</summary>
    public const int RowBytesAround = 256;

    public static byte[] Encode(ChangePage page)
    {
        var writer = new ByteWriter(64 * 1024);
        writer.Byte(Version);
        writer.U64(page.Cursor);
        writer.U64(page.Floor);
        writer.Byte(page.IsLast ? (byte)1 : (byte)0);
        Write(writer, page.Rows);
        return WithSum(writer);
    }

    /// <returns>Null when it is not such a page.</returns>
    public static ChangePage? DecodeChanges(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(Summed(bytes));
        reader.Expect([Version]);
        var (cursor, floor, isLast) = (reader.U64(), reader.U64(), reader.Byte());
        var rows = ReadRows(ref reader);
        reader.Require(isLast <= 1);
        return reader.IsComplete ? new ChangePage(rows, cursor, isLast == 1, floor) : null;
    }

    public static byte[] Encode(PartitionPage page)
    {
        var writer = new ByteWriter(64 * 1024);
        writer.Byte(Version);
        writer.U64(page.Number.Value);
        writer.U16((ushort)page.Partition.Partition.Index);
        Write(writer, page.Partition.Promise);
        Write(writer, page.Partition.Floor);
        writer.Byte(page.IsLast ? (byte)1 : (byte)0);
        Write(writer, page.Rows);
        return WithSum(writer);
    }

    /// <returns>Null when it is not such a page.</returns>
    public static PartitionPage? DecodePartition(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(Summed(bytes));
        reader.Expect([Version]);
        var number = new LayoutNumber(reader.U64());
        var index = reader.U16();
        var (promise, floor, isLast) = (ReadBallot(ref reader), ReadBallot(ref reader), reader.Byte());
        var rows = ReadRows(ref reader);
        reader.Require(isLast <= 1 && index < PartitionId.Count);
        return reader.IsComplete
            ? new PartitionPage(number, new PartitionRow(new PartitionId(index), promise, floor), rows, isLast == 1)
            : null;
    }

    private static void Write(ByteWriter writer, IReadOnlyList<RegisterRow> rows)
    {
        writer.U16((ushort)rows.Count);
        foreach (var row in rows)
        {
            writer.Byte(row.Key.IsCouncil ? (byte)1 : (byte)0);
            writer.Bytes32(row.Key.Register.Value);
            Write(writer, row.Promise);
            Write(writer, row.Accepted);
            writer.U64(row.CounterFloor);
            writer.U64(row.Change);
            writer.Block32(row.Value.Span);
        }
    }

    private static List<RegisterRow> ReadRows(ref ByteReader reader)
    {
        var count = reader.Count16(RowBytesMin, RowsMax);
        var rows = new List<RegisterRow>(count);
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var isCouncil = reader.Byte();
            var key = new RowKey(isCouncil == 1, new RegisterId(reader.Bytes32()));
            var (promise, accepted) = (ReadBallot(ref reader), ReadBallot(ref reader));
            var (counterFloor, change) = (reader.U64(), reader.U64());
            var value = reader.Block32(RegisterRow.ValueBytesMax).ToArray();
            reader.Require(isCouncil <= 1 && (accepted != Ballot.None || value.Length == 0));
            rows.Add(new RegisterRow(key, promise, accepted, value, counterFloor, change));
        }

        return rows;
    }

    private static void Write(ByteWriter writer, Ballot ballot)
    {
        writer.U64(ballot.Round);
        writer.Bytes16(ballot.Replica.Value);
        writer.U64(ballot.Start);
        writer.U64(ballot.Sequence);
    }

    private static Ballot ReadBallot(ref ByteReader reader) =>
        new(reader.U64(), new ReplicaId(reader.Bytes16()), reader.U64(), reader.U64());

    private static byte[] WithSum(ByteWriter writer)
    {
        writer.U32(Crc32C.Of(writer.Written));
        return writer.ToArray();
    }

    /// <returns>What stands before the sum; empty, which is no page, when the sum is another one.</returns>
    private static ReadOnlySpan<byte> Summed(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= SumBytes && BinaryPrimitives.ReadUInt32BigEndian(bytes[^SumBytes..]) == Crc32C.Of(bytes[..^SumBytes])
            ? bytes[..^SumBytes]
            : [];
}
