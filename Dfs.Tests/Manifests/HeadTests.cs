using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

public sealed class HeadTests
{
    // Its 602 bytes were made by a second implementation (Python, down from the root key) and stand in
    // docs/formats/head.md; a signature differs each time and is not hashed.
    [Fact]
    public void A_head_is_written_as_in_format_1()
    {
        var fresh = Sample.CountingFresh(0x80);
        using var key = new VersionKey(TestBytes.From(0x50));
        var manifest = ManifestBuilder.OfContent(
            Sample.Facts(), "hello"u8, key, Sample.Place(EnvelopeKind.Manifest), fresh());
        var version = HeadVersion.Of(Sample.Version, Sample.Slot(Sample.Version, key, fresh), manifest);
        var head = Sample.Made(HeadTransition.Put(null, Sample.Put(1, version) with
        {
            Operation = new OperationId(TestBytes.From(0x70, 16)),
            Name = SealedName.Seal(Sample.Bucket.Listing, Sample.Place(EnvelopeKind.Name, default(VersionId)), fresh(), Sample.Name),
        }));

        Assert.Equal(
            "cc7f391df9a0848dce8e049fc13443e2df72426e4a46e4a0ed1c3cf6f1f07046", HeadCodec.HashOf(head).ToString());
    }

    [Fact]
    public void A_head_survives_its_encoding()
    {
        var head = History(5, keepsVersions: true);
        var signed = Sample.Signed(head);

        Assert.True(HeadCodec.TryDecode(HeadCodec.Encode(signed), out var decoded, out var hash));

        Assert.Equal(signed, decoded);
        Assert.Equal(HeadCodec.HashOf(head), hash);
        Assert.Equal(HeadCodec.Encode(signed), HeadCodec.Encode(decoded));
    }

    private static readonly byte[] ThreeVersions = HeadCodec.Encode(Sample.Signed(History(3, keepsVersions: true)));

    [Theory, Seeds(300)]
    public void Damaged_heads_are_refused_by_the_decoder_or_by_the_signature(int seed)
    {
        var random = new Random(seed);
        var encoded = ThreeVersions;
        var damaged = seed % 10 == 0 ? TestBytes.Random(seed, 400) : Mutation.Of(encoded, random);
        if (HeadCodec.TryDecode(damaged, out var decoded))
        {
            Assert.Equal(damaged, HeadCodec.Encode(decoded));
        }

        var refusal = new HeadCheck(Sample.Cluster, new SignatureVerifier()).Check(Sample.Register, null, damaged);

        Assert.Equal(encoded.AsSpan().SequenceEqual(damaged), refusal is null);
    }

    [Fact]
    public void Every_damaged_byte_of_a_head_is_refused()
    {
        var encoded = HeadCodec.Encode(Sample.Signed(History(1, keepsVersions: false)));
        var check = new HeadCheck(Sample.Cluster, new SignatureVerifier());
        Assert.Null(check.Check(Sample.Register, null, encoded));
        for (var i = 0; i < encoded.Length; i++)
        {
            encoded[i] ^= 0x40;
            Assert.NotNull(check.Check(Sample.Register, null, encoded));
            encoded[i] ^= 0x40;
        }
    }

    [Fact]
    public void A_replica_refuses_another_place_owner_and_signature()
    {
        var head = History(1, keepsVersions: false);
        var encoded = HeadCodec.Encode(Sample.Signed(head));
        using var stranger = new OwnerSigner(TestBytes.From(3, OwnerSigner.SeedBytes));
        var stolen = head with { Owner = stranger.PublicKey };
        var takeover = HeadCodec.Encode(new SignedHead(stolen, stranger.Sign(HeadCodec.HashOf(stolen))));
        var forged = HeadCodec.Encode(new SignedHead(head, stranger.Sign(HeadCodec.HashOf(head))));
        var check = new HeadCheck(Sample.Cluster, new SignatureVerifier());

        Assert.Equal("cluster", new HeadCheck(default, new SignatureVerifier()).Check(Sample.Register, null, encoded)?.Code);
        Assert.Equal("register", check.Check(default, null, encoded)?.Code);
        Assert.Equal("owner", check.Check(Sample.Register, encoded, takeover)?.Code);
        Assert.Equal("signature", check.Check(Sample.Register, encoded, forged)?.Code);
        Assert.Equal("malformed", check.Check(Sample.Register, encoded, encoded.AsMemory(1))?.Code);
        Assert.Null(check.Check(Sample.Register, encoded, encoded));
    }

    // The schedule of docs/formats/head.md, "Order": replica 1 alone accepted 3, the others chose another 2.
    [Fact]
    public void A_replica_takes_the_chosen_head_over_a_longer_branch_that_was_not()
    {
        var first = History(1, keepsVersions: false);
        var branch = Sample.Made(HeadTransition.Put(Sample.Made(HeadTransition.Put(first, Sample.Put(2))), Sample.Put(3)));
        var chosen = Sample.Made(HeadTransition.Put(first, Sample.Put(4)));
        var check = new HeadCheck(Sample.Cluster, new SignatureVerifier());

        var refusal = check.Check(
            Sample.Register, HeadCodec.Encode(Sample.Signed(branch)), HeadCodec.Encode(Sample.Signed(chosen)));

        Assert.Null(refusal);
    }

    [Fact]
    public void A_head_below_a_chosen_counter_is_a_replay()
    {
        var old = HeadCodec.Encode(Sample.Signed(History(1, keepsVersions: false)));
        var check = new HeadCheck(Sample.Cluster, new SignatureVerifier());

        Assert.Equal("replayed", check.Check(Sample.Register, null, old, chosenCounter: 2)?.Code);
        Assert.Null(check.Check(Sample.Register, null, old, chosenCounter: 1));
    }

    [Fact]
    public void A_batch_of_heads_costs_a_replica_one_signature()
    {
        var heads = Enumerable.Range(1, 50).Select(i => History(i % 3 + 1, keepsVersions: i % 2 == 0)).ToArray();
        var signatures = Sample.Signer.Sign(heads.Select(HeadCodec.HashOf).ToArray());
        var verifier = new SignatureVerifier();
        var check = new HeadCheck(Sample.Cluster, verifier);

        for (var i = 0; i < heads.Length; i++)
        {
            Assert.Null(check.Check(Sample.Register, null, HeadCodec.Encode(new SignedHead(heads[i], signatures[i]))));
        }

        Assert.Equal(1, verifier.Verifications);
    }

    [Fact]
    public void A_bad_head_of_a_batch_is_refused_alone()
    {
        var heads = Enumerable.Range(1, 5).Select(i => History(i, keepsVersions: false)).ToArray();
        var signatures = Sample.Signer.Sign(heads.Select(HeadCodec.HashOf).ToArray());
        heads[2] = heads[2] with { Counter = 99 };
        var check = new HeadCheck(Sample.Cluster, new SignatureVerifier());

        var refusals = heads.Select((head, i) =>
            check.Check(Sample.Register, null, HeadCodec.Encode(new SignedHead(head, signatures[i])))?.Code);

        Assert.Equal([null, null, "signature", null, null], refusals);
    }

    [Fact]
    public void A_key_slot_opens_with_its_epoch_in_its_place_only()
    {
        using var key = Sample.VersionKey();
        var slot = Sample.Slot(Sample.Version, key, TestBytes.FreshSource(1));
        Assert.True(Sample.Bucket.TryWrapKey(slot.Epoch, out var wrap));
        using var otherWrap = new WrapKey(TestBytes.From(1));
        var place = Sample.Place(EnvelopeKind.KeySlot);

        Assert.True(slot.TryUnwrap(wrap, place, out var opened));
        Assert.True(opened.HasSameBytes(key));
        Assert.False(slot.TryUnwrap(otherWrap, place, out _));
        Assert.False(slot.TryUnwrap(wrap, place with { Version = Sample.VersionOf(9) }, out _));
        Assert.False(slot.TryUnwrap(wrap, place with { Register = default }, out _));
        Assert.False(Sample.Bucket.TryWrapKey(new KeyEpoch(2), out _));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ordner/größe.txt")]
    [InlineData("a name of exactly thirty bytes")]
    public void A_name_opens_for_those_who_list_the_bucket(string text)
    {
        var place = Sample.Place(EnvelopeKind.Name, default(VersionId));

        var name = SealedName.Seal(Sample.Bucket.Listing, place, TestBytes.Fresh(1), Sample.NameOf(text));

        Assert.True(SealedName.TryOpen(Sample.Bucket.Listing, place, name, out var opened));
        Assert.Equal(text, opened);
        Assert.Equal(0, (name.Length - Envelope.OverheadBytes) % 32);
        using var other = Sample.Owner.OfBucket("other");
        Assert.False(SealedName.TryOpen(other.Listing, place, name, out _));
        Assert.False(SealedName.TryOpen(Sample.Bucket.Listing, place with { Register = default }, name, out _));
    }

    [Fact]
    public void The_longest_name_fits()
    {
        var place = Sample.Place(EnvelopeKind.Name, default(VersionId));

        var name = SealedName.Seal(Sample.Bucket.Listing, place, TestBytes.Fresh(1), Sample.NameOf(new string('x', 1024)));

        Assert.Equal(SealedName.SealedBytesMax, name.Length);
        Assert.True(SealedName.TryOpen(Sample.Bucket.Listing, place, name, out _));
    }

    // What a put without the owner's keys could learn: nothing that is in the file.
    [Fact]
    public void Nothing_of_the_file_stands_in_an_encoded_head()
    {
        var encoded = Convert.ToHexString(HeadCodec.Encode(Sample.Signed(History(2, keepsVersions: true))));

        foreach (var secret in new[] { "readme", "text/plain", "someone", "files" })
        {
            Assert.DoesNotContain(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(secret)), encoded, StringComparison.Ordinal);
        }
    }

    internal static Head History(int puts, bool keepsVersions)
    {
        Head? head = null;
        for (var i = 1; i <= puts; i++)
        {
            head = Sample.Made(HeadTransition.Put(head, Sample.Put(i) with { KeepsVersions = keepsVersions }));
        }

        return head!;
    }
}
