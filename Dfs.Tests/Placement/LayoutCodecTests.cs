using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

public class LayoutCodecTests
{
    // docs/formats/layout.md explains these bytes.
    private const string Golden =
        "4446534c0100000000000000020102030405060708090a0b0c0d0e0f100302000303d1f50000000000010000"
        + "000000000001d1f5000000000001000000000000000100000000000000010000000100056e6f64653100057a"
        + "6f6e6531001d616b6b612e7463703a2f2f646673403132372e302e302e313a343030310015687474703a2f2f"
        + "3132372e302e302e313a3530303102d1f50000000000020000000000000002d1f50000000000020000000000"
        + "00000200000000000000010000000100056e6f64653200057a6f6e6532001d616b6b612e7463703a2f2f6466"
        + "73403132372e302e302e313a343030320015687474703a2f2f3132372e302e302e313a3530303201d1f50000"
        + "000000030000000000000003d1f5000000000002000000000000000200000000000000010000000500056e6f"
        + "646533000162001d616b6b612e7463703a2f2f646673403132372e302e302e313a343030330015687474703a"
        + "2f2f3132372e302e302e313a35303033";

    private static Layout Sample() => Layout
        .First(new ClusterId(new Bytes16(0x0102030405060708, 0x090A0B0C0D0E0F10)), new LayoutFactors(3, 2), [Member(1), Member(2)])
        .ReplaceStart(Id(2), Member(3, "b", 5));

    // Version 2 is those bytes under another number, then a table for each list: here every row of the newer list is
    // its second member, then its first, and of the older one the other way about.
    private static byte[] GoldenWithTables() =>
    [
        .. Convert.FromHexString(Golden)[..4], 2, .. Convert.FromHexString(Golden)[5..],
        .. Enumerable.Range(0, PartitionId.Count).SelectMany(_ => new byte[] { 1, 0 }),
        .. Enumerable.Range(0, PartitionId.Count).SelectMany(_ => new byte[] { 0, 1 }),
    ];

    [Fact]
    public void The_stored_bytes_of_version_2_stay_as_they_are()
    {
        var bytes = GoldenWithTables();

        Assert.True(Layout.TryDecode(bytes, out var layout));

        Assert.Equal(bytes, layout.Encode());
        Assert.All(Partitions(), partition => Assert.Equal([Id(3), Id(1)], layout.NextChunkReplicasOf(partition).AsEnumerable()));
        Assert.All(Partitions(), partition => Assert.Equal([Id(1), Id(2)], layout.OldReplicasOf(partition).AsEnumerable()));
        Assert.Equal(bytes[..(Golden.Length / 2)], Sample().Encode()[..(Golden.Length / 2)]);
        Assert.Equal(bytes.Length, Sample().Encode().Length);
        bytes[^1] = 0;
        Assert.False(Layout.TryDecode(bytes, out _), "somebody twice in a row");
        bytes[^1] = 2;
        Assert.False(Layout.TryDecode(bytes, out _), "nobody in a row");
    }

    [Fact]
    public void The_stored_bytes_of_version_1_are_still_read_and_its_next_change_is_of_version_2()
    {
        Assert.True(Layout.TryDecode(Convert.FromHexString(Golden), out var layout));

        Assert.Equal(Golden, Convert.ToHexStringLower(layout.Encode()));
        Assert.Equal(Sample().Members.AsEnumerable(), layout.Members);
        Assert.Equal(Sample().OldMembers.AsEnumerable(), layout.OldMembers);
        Assert.Equal(2, layout.Finish().Encode()[4]);
        Assert.All(Partitions(), partition => Assert.Equal(layout.NextReplicasOf(partition), layout.Finish().ReplicasOf(partition)));
    }

    [Fact]
    public void A_decoded_layout_places_as_the_original_does()
    {
        var layout = Members.First(20).ReplaceStart(Id(5), Member(30, "zone5", 3));

        Assert.True(Layout.TryDecode(layout.Encode(), out var decoded));

        Assert.All(Partitions(), p => Assert.Equal(layout.ReplicasOf(p), decoded.ReplicasOf(p)));
        Assert.Equal(layout.Council.AsEnumerable(), decoded.Council);
        Assert.Equal((layout.Number, layout.Cluster, layout.Factors), (decoded.Number, decoded.Cluster, decoded.Factors));
    }

    [Fact]
    public void A_hundred_members_fit_twice()
    {
        var layout = Members.First(100);
        var joint = layout.ChangeStart([.. layout.Members.Select(member => member with { Weight = 2 })]);

        Assert.InRange(joint.Encode().Length, 1, Layout.EncodedBytesMax);
        Assert.True(Layout.TryDecode(joint.Encode(), out var decoded));
        Assert.Equal(joint.OldMembers.AsEnumerable(), decoded.OldMembers);
    }

    [Theory, Seeds(200)]
    public void Damaged_bytes_are_refused_or_are_another_layouts(int seed)
    {
        var random = new Random(seed);
        var bytes = Sample().Encode();
        bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);

        if (Layout.TryDecode(bytes, out var decoded))
        {
            Assert.Equal(bytes, decoded.Encode());
        }

        Assert.False(Layout.TryDecode(Sample().Encode().AsSpan(0, random.Next(Sample().Encode().Length)), out _));
        Assert.False(Layout.TryDecode([.. Sample().Encode(), 0], out _));
    }
}
