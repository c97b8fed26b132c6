using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Crypto;

public sealed class EnvelopeTests
{
    private static readonly EnvelopeContext Place = new(
        EnvelopeKind.Manifest, new ClusterId(Filled(0x11, 16)), new BucketId(Filled(0x22, 16)),
        new RegisterId(Filled(0x33, 32)), new VersionId(Filled(0x44, 16)));

    // Made by a second implementation (Python's hmac and openssl); docs/formats/manifest.md shows it.
    [Fact]
    public void Seals_as_format_1_does()
    {
        using var key = new VersionKey(TestBytes.From(0));

        var envelope = Envelope.Seal(key, Place, new FreshBytes(TestBytes.From(100)), "AkkaDfs golden envelope"u8);

        Assert.Equal(
            "444653450101016465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283348e51fc9f9be47aaefc504f248a"
            + "06469622b5e461d6e437b9cff2338bf72d26fba77708e542c5aeb573a43eec048f59f8670f58833b50",
            Convert.ToHexStringLower(envelope));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10_000)]
    public void What_was_sealed_opens(int sizeBytes)
    {
        using var key = new VersionKey(TestBytes.From(1));
        var plain = TestBytes.Random(sizeBytes, sizeBytes);

        var envelope = Envelope.Seal(key, Place, TestBytes.Fresh(1), plain);

        Assert.Equal(sizeBytes + Envelope.OverheadBytes, envelope.Length);
        Assert.True(Envelope.TryOpen(key, Place, envelope, out var opened));
        Assert.Equal(plain, opened);
    }

    [Fact]
    public void Every_damaged_bit_and_every_length_is_refused()
    {
        using var key = new VersionKey(TestBytes.From(1));
        var envelope = Envelope.Seal(key, Place, TestBytes.Fresh(1), TestBytes.Random(1, 60));
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            var damaged = envelope.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Envelope.TryOpen(key, Place, damaged, out _), $"bit {bit}");
        }

        for (var length = 0; length < envelope.Length; length++)
        {
            Assert.False(Envelope.TryOpen(key, Place, envelope.AsSpan(0, length), out _), $"length {length}");
        }

        Assert.False(Envelope.TryOpen(key, Place, [.. envelope, 0], out _));
    }

    [Fact]
    public void Opens_in_its_own_place_and_with_its_own_key_only()
    {
        using var key = new VersionKey(TestBytes.From(1));
        using var otherKey = new VersionKey(TestBytes.From(2));
        var envelope = Envelope.Seal(key, Place, TestBytes.Fresh(1), "content"u8);
        EnvelopeContext[] others =
        [
            Place with { Kind = EnvelopeKind.KeySlot }, Place with { Cluster = default }, Place with { Bucket = default },
            Place with { Register = default }, Place with { Version = default },
        ];

        Assert.All(others, other => Assert.False(Envelope.TryOpen(key, other, envelope, out _)));
        Assert.False(Envelope.TryOpen(otherKey, Place, envelope, out _));
    }

    // The kind stands in the header and in the keys: changing it in both the header and the question must not help.
    [Fact]
    public void A_relabelled_envelope_does_not_open()
    {
        using var key = new VersionKey(TestBytes.From(1));
        var envelope = Envelope.Seal(key, Place, TestBytes.Fresh(1), "content"u8);
        envelope[6] = (byte)EnvelopeKind.KeySlot;

        Assert.False(Envelope.TryOpen(key, Place with { Kind = EnvelopeKind.KeySlot }, envelope, out _));
    }

    [Fact]
    public void Sealing_the_same_again_shares_no_keystream()
    {
        using var key = new VersionKey(TestBytes.From(1));
        var fresh = TestBytes.FreshSource(1);
        var zeros = new byte[64];
        var keystreams = new HashSet<string>();
        for (var attempt = 0; attempt < 500; attempt++)
        {
            var envelope = Envelope.Seal(key, Place, fresh(), zeros);
            Assert.True(keystreams.Add(Convert.ToHexString(envelope.AsSpan(Envelope.HeaderBytes, 16))));
        }
    }

    [Fact]
    public void A_salt_cannot_be_used_twice()
    {
        using var key = new VersionKey(TestBytes.From(1));
        var salt = TestBytes.Fresh(1);
        Envelope.Seal(key, Place, salt, "one"u8);

        Assert.Throws<InvariantException>(() => Envelope.Seal(key, Place, salt, "two"u8));
    }

    private static byte[] Filled(byte value, int sizeBytes) => [.. Enumerable.Repeat(value, sizeBytes)];
}
