using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

/// <summary>The bytes of docs/formats/layout.md about signatures.</summary>
public sealed class LayoutProofTests
{
    private const string Statement =
        "0102030405060708090a0b0c0d0e0f100000000000000005" // cluster, number
        + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" // hash
        + "02d1f50000000000010000000000000001d1f50000000000020000000000000002"; // council

    private const string Signatures = "02" + "0003c0c1c2" + Value + "0000" + Value;

    private const string Value = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
        + "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f";

    internal static LayoutLink Link(ulong number = 5) => new(
        new LayoutStatement(
            new ClusterId(new Bytes16(0x0102030405060708, 0x090A0B0C0D0E0F10)), new LayoutNumber(number), new Bytes32(TestBytes.From(0)), [Id(1), Id(2)]),
        [new LayoutSignature(new ByteString([0xC0, 0xC1, 0xC2]), Sixty4()), new LayoutSignature(ByteString.Empty, Sixty4())]);

    internal static EndorsedLayout Endorsed() => new(First(2).ReplaceStart(Id(2), Member(3)), [Link().Signatures[0]]);

    [Fact]
    public void What_is_signed_stays_as_it_is()
    {
        Assert.Equal("444653470102" + Statement, Convert.ToHexStringLower(Link().Statement.ToSign(LayoutStage.Decided)));
        Assert.Equal("444653470101" + Statement, Convert.ToHexStringLower(Link().Statement.ToSign(LayoutStage.Endorsed)));
    }

    [Fact]
    public void The_bytes_of_a_link_stay_as_they_are()
    {
        Assert.Equal("4446534b01" + Statement + Signatures, Convert.ToHexStringLower(Link().Encode()));
        Assert.True(LayoutLink.TryDecode(Link().Encode(), out var read));
        Assert.Equal(Link().Encode(), read.Encode());
        Assert.True(read.HasAuthority);
        Assert.Equal(2, read.Statement.Council.Length);
    }

    [Fact]
    public void The_bytes_of_an_endorsed_layout_and_of_an_answer_stay_as_they_are()
    {
        var layout = Endorsed().Layout.Encode();
        var expected = $"4446534501{layout.Length:x8}{Convert.ToHexStringLower(layout)}01{Signatures[2..(2 + 10 + 128)]}";

        Assert.Equal(expected, Convert.ToHexStringLower(Endorsed().Encode()));
        Assert.Equal(layout, EndorsedLayout.Decode(Endorsed().Encode())!.Layout.Encode());
        Assert.Null(EndorsedLayout.Decode(layout));
        Assert.Equal("01" + Signatures[2..(2 + 10 + 128)], Convert.ToHexStringLower(new LayoutAnswer(Link().Signatures[0], "").Encode()));
        Assert.Equal("0000026e6f", Convert.ToHexStringLower(new LayoutAnswer(null, "no").Encode()));
        Assert.Equal("no", LayoutAnswer.Decode([0, 0, 2, (byte)'n', (byte)'o'])!.Reason);
        Assert.Equal(300, LayoutAnswer.Decode(new LayoutAnswer(null, new string('é', 200)).Encode())!.Reason.Length * 2);
        Assert.Null(LayoutAnswer.Decode([2]));
    }

    [Fact]
    public void A_chain_keeps_what_leads_to_the_newest_layout()
    {
        LayoutLink Plain(ulong number) => Link(number) with { Signatures = [Link().Signatures[0]] };
        var chain = new ulong[] { 2, 3, 4 }.Aggregate(LayoutChain.Empty, (sum, number) => sum.Add(Plain(number)));
        Assert.Equal([3UL, 4], chain.After(new LayoutNumber(2)).Select(link => link.Number.Value));
        Assert.Equal(chain.Encode(), LayoutChain.Decode(chain.Encode())!.Encode());

        // From the authority's on nothing before it is needed, and who stands on less is sent it.
        var signed = chain.Add(Link(4)).Add(Plain(5));
        Assert.Equal([4UL, 5], signed.Links.Select(link => link.Number.Value));
        Assert.Equal([4UL, 5], signed.After(LayoutNumber.None).Select(link => link.Number.Value));
        Assert.Equal([5UL], signed.After(new LayoutNumber(4)).Select(link => link.Number.Value));

        var long_ = Enumerable.Range(1, 100).Aggregate(LayoutChain.Empty, (sum, number) => sum.Add(Plain((ulong)number)));
        Assert.Equal(LayoutChain.LinksMax, long_.Links.Length);
        Assert.Equal(100UL, long_.Links[^1].Number.Value);
        Assert.Null(LayoutChain.Decode([0, 1, 0, 1, 7]));
    }

    private static ByteString Sixty4() => new(Convert.FromHexString(Value));
}
