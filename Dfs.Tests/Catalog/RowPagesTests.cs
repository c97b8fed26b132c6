using System.Buffers.Binary;
using Dfs.Actors.Catalog;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Catalog;

/// <summary>The bytes of docs/formats/peer-endpoint.md, "Rows".</summary>
public class RowPagesTests
{
    private const int SumBytes = 4;

    private const string GoldenChanges =
        "01000000000000000a00000000000000020000010001101112131415161718191a1b1c1d1e1f202122232425"
        + "262728292a2b2c2d2e0000000000000007000000000000000100000000000000020000000000000003000000"
        + "0000000004000000000000000600000000000000050000000000000006000000000000000700000000000000"
        + "080000000000000009000000000000000a0000000576616c75657bada38f";

    private const string GoldenPartition =
        "0100000000000000050004000000000000000700000000000000010000000000000002000000000000000300"
        + "0000000000000400000000000000060000000000000005000000000000000600000000000000070000000000"
        + "0000080100020001101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e0000000000"
        + "0000070000000000000001000000000000000200000000000000030000000000000004000000000000000600"
        + "0000000000000500000000000000060000000000000007000000000000000800000000000000090000000000"
        + "00000a0000000576616c756500011112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e"
        + "2f00000000000000070000000000000001000000000000000200000000000000030000000000000004000000"
        + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        + "00000000000000000000000000e4733303";

    private static readonly Ballot Promise = new(7, new ReplicaId(new Bytes16(1, 2)), 3, 4);
    private static readonly Ballot Accepted = new(6, new ReplicaId(new Bytes16(5, 6)), 7, 8);

    // The first id of partition 4: its first ten bits are the partition.
    private static readonly RegisterId Register = new(new Bytes32([1, .. TestBytes.From(0x10, 31)]));

    private static readonly RegisterRow WithValue =
        new(new RowKey(false, Register), Promise, Accepted, "value"u8.ToArray(), CounterFloor: 9, Change: 10);

    private static readonly ChangePage Changes = new([WithValue], Cursor: 10, IsLast: false, Floor: 2);

    private static readonly PartitionPage Partition = new(
        new LayoutNumber(5), new PartitionRow(Register.Partition, Promise, Accepted),
        [WithValue, RegisterRow.Absent(new RowKey(false, new RegisterId(new Bytes32([1, .. TestBytes.From(0x11, 31)])))) with { Promise = Promise }],
        IsLast: true);

    [Fact]
    public void The_bytes_of_version_1_stay_as_they_are()
    {
        Assert.Equal(GoldenChanges, Convert.ToHexStringLower(RowPages.Encode(Changes)));
        Assert.Equal(GoldenPartition, Convert.ToHexStringLower(RowPages.Encode(Partition)));

        AssertEqual(Changes, RowPages.DecodeChanges(Convert.FromHexString(GoldenChanges)));
        AssertEqual(Partition, RowPages.DecodePartition(Convert.FromHexString(GoldenPartition)));
    }

    [Fact]
    public void The_example_of_the_document_is_an_empty_page()
    {
        var page = RowPages.DecodeChanges(Convert.FromHexString("0100000000000000070000000000000000010000b8921f6d"));

        Assert.NotNull(page);
        Assert.Equal((7UL, 0UL, true, 0), (page.Cursor, page.Floor, page.IsLast, page.Rows.Count));
    }

    [Fact]
    public void The_largest_page_fits_what_a_reader_takes()
    {
        var rows = Enumerable.Range(0, RowPages.RowsMax).Select(number => WithValue with
        {
            Key = new RowKey(false, new RegisterId(new Bytes32([1, .. new byte[30], (byte)number]))),
            Value = new byte[RegisterRow.ValueBytesMax],
        }).ToList();

        var bytes = RowPages.Encode(Partition with { Rows = rows });

        Assert.InRange(bytes.Length, 1, RowPages.EncodedBytesMax);
        Assert.Equal(RowPages.RowsMax, RowPages.DecodePartition(bytes)!.Rows.Count);
    }

    [Fact]
    public void A_page_in_which_any_byte_is_another_one_or_missing_is_refused()
    {
        foreach (var golden in new[] { GoldenChanges, GoldenPartition })
        {
            var bytes = Convert.FromHexString(golden);
            for (var at = 0; at < bytes.Length; at++)
            {
                for (var mask = 1; mask < 256; mask++)
                {
                    bytes[at] ^= (byte)mask;
                    AssertRefused(bytes);
                    bytes[at] ^= (byte)mask;
                }

                AssertRefused(bytes[..at]);
                AssertRefused([.. bytes[..at], .. bytes[(at + 1)..]]);
                AssertRefused([.. bytes[..at], 0, .. bytes[at..]]);
            }
        }
    }

    // Who makes pages on purpose makes the sum too. What is read then means exactly these bytes, and nothing is allocated by a claim.
    [Theory, Seeds(300)]
    public void Whatever_the_bytes_are_a_reader_refuses_them_or_reads_what_they_say(int seed)
    {
        var random = new Random(seed);
        var golden = Convert.FromHexString(random.Next(2) == 0 ? GoldenChanges : GoldenPartition);
        var mutated = Mutation.Of(golden[..^SumBytes], random);
        var sum = new byte[SumBytes];
        BinaryPrimitives.WriteUInt32BigEndian(sum, Crc32C.Of(mutated));
        byte[] bytes = [.. mutated, .. sum];

        if (RowPages.DecodeChanges(bytes) is { } changes)
        {
            Assert.Equal(bytes, RowPages.Encode(changes));
        }

        if (RowPages.DecodePartition(bytes) is { } partition)
        {
            Assert.Equal(bytes, RowPages.Encode(partition));
        }
    }

    [Fact]
    public void A_value_that_nobody_accepted_is_refused()
    {
        Assert.Null(RowPages.DecodeChanges(RowPages.Encode(Changes with { Rows = [WithValue with { Accepted = Ballot.None }] })));
    }

    private static void AssertRefused(byte[] bytes)
    {
        Assert.Null(RowPages.DecodeChanges(bytes));
        Assert.Null(RowPages.DecodePartition(bytes));
    }

    private static void AssertEqual(ChangePage expected, ChangePage? page)
    {
        Assert.NotNull(page);
        Assert.Equal((expected.Cursor, expected.Floor, expected.IsLast), (page.Cursor, page.Floor, page.IsLast));
        AssertEqual(expected.Rows, page.Rows);
    }

    private static void AssertEqual(PartitionPage expected, PartitionPage? page)
    {
        Assert.NotNull(page);
        Assert.Equal((expected.Number, expected.Partition, expected.IsLast), (page.Number, page.Partition, page.IsLast));
        AssertEqual(expected.Rows, page.Rows);
    }

    private static void AssertEqual(IReadOnlyList<RegisterRow> expected, IReadOnlyList<RegisterRow> rows)
    {
        Assert.Equal(expected.Count, rows.Count);
        foreach (var (one, other) in expected.Zip(rows))
        {
            Assert.Equal(one with { Value = default }, other with { Value = default });
            Assert.Equal(one.Value.ToArray(), other.Value.ToArray());
        }
    }
}
