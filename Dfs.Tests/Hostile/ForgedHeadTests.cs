using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;

namespace Dfs.Tests.Hostile;

/// <summary>Heads that a lying replica makes up, as a reader meets them; what replicas refuse: <see cref="HeadTests"/>.</summary>
public sealed class ForgedHeadTests
{
    [Fact]
    public void A_reader_believes_no_head_that_the_owner_did_not_sign_for_this_file_and_remembers_none()
    {
        var head = Sample.Made(HeadTransition.Put(null, Sample.Put(1)));
        var signed = Sample.Signed(head);
        var good = HeadCodec.Encode(signed);
        using var liar = OwnerKeys.Create(TestBytes.FreshSource(9));
        using var liarsHand = liar.CreateSigner();
        var liars = head with { Owner = liar.PublicKey };
        var seen = new SeenHeads();

        List<byte[]> forged =
        [
            [],
            HeadCodec.Encode(new SignedHead(head, liarsHand.Sign(HeadCodec.HashOf(head)))),
            HeadCodec.Encode(new SignedHead(liars, liarsHand.Sign(HeadCodec.HashOf(liars)))),
            HeadCodec.Encode(new SignedHead(head with { Counter = head.Counter + 1000 }, signed.Signature)),
            .. Enumerable.Range(0, good.Length).Select(at => Bent(good, at)),
        ];
        Assert.All(forged, bytes => Assert.Equal(DfsOutcome.Damaged, Assert.Throws<TransferException>(() => Read(bytes)).Outcome));
        Assert.Throws<TransferException>(() => Read(good, new RegisterId(new Bytes32(TestBytes.From(1)))));
        Assert.Equal(0UL, seen.Before(Sample.Register));

        Assert.Equal(head.Counter, Read(good).Counter);
        Assert.Equal(head.Counter, seen.Before(Sample.Register));

        Head Read(byte[] bytes, RegisterId? register = null) =>
            OpenHeads.Verify(bytes, register ?? Sample.Register, Sample.Owner.PublicKey, new SignatureVerifier(), seen);
    }

    private static byte[] Bent(byte[] good, int at)
    {
        var bent = good.ToArray();
        bent[at] ^= 0x10;
        return bent;
    }
}
